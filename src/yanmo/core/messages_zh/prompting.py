"""Chinese messages of prompting and of lm-evaluation-harness."""

CHINESE: dict[str, str] = {
    "lm-evaluation-harness refuses what it was given": "lm-evaluation-harness 拒绝了给它的参数",
    "the task sets what is not known here: {names}": "任务设置了此处不支持的选项：{names}",
    "Run lm-evaluation-harness on a model folder; options behind MODEL are its own: "
    "yanmo lm-eval MODEL --tasks arc_easy --include_path TASKS.": (
        "在模型文件夹上运行 lm-evaluation-harness；MODEL 之后的选项都是它自己的："
        "yanmo lm-eval MODEL --tasks arc_easy --include_path TASKS。"
    ),
    "Run lm-evaluation-harness on a model folder.": ("在模型文件夹上运行 lm-evaluation-harness。"),
    "a task of the kind {kind} cannot be put as a prompt": "{kind} 类任务不能写成提示",
    "These can: {kinds}.": "可以的有：{kinds}。",
    "only a classification has words for labels": "只有分类任务才有表示标签的词",
    "two labels have the same word, or one has none": "有两个标签用了同一个词，或者有标签没有词",
    "{count} examples are to stand in the prompt, and there are {found}": (
        "提示中要放 {count} 个示例，而现有 {found} 个"
    ),
    "{id} has nothing to be measured against": "{id} 没有可供比较的答案",
    "examples are drawn from what is measured on": "示例取自被测量的数据",
    "{task} has no split '{split}'": "{task} 没有 '{split}' 这一部分",
    "Name another split than '{split}'.": "请写 '{split}' 以外的部分。",
}
