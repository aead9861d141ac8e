"""Chinese messages of prompting and of lm-evaluation-harness."""

CHINESE: dict[str, str] = {
    "the task sets what is not known here: {names}": "任务设置了此处不支持的选项：{names}",
    "Run lm-evaluation-harness on a model folder; options behind MODEL are its own: "
    "yanmo lm-eval MODEL --tasks arc_easy --include_path TASKS.": (
        "在模型文件夹上运行 lm-evaluation-harness；MODEL 之后的选项都是它自己的："
        "yanmo lm-eval MODEL --tasks arc_easy --include_path TASKS。"
    ),
}
