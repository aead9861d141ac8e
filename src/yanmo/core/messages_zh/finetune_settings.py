"""Chinese messages about settings of a fine-tuning that nothing reads, and about draws."""

CHINESE: dict[str, str] = {
    # settings
    "{name} has no effect while the length is counted in {unit}: read are {instead}": (
        "训练长度以 {unit} 计时 {name} 不起作用：起作用的是 {instead}"
    ),
    "{name} has no effect on learning tasks": "{name} 对学习任务不起作用",
    '{name} has no effect in family = "{family}"': '{name} 对 family = "{family}" 不起作用',
    "max_examples has no effect beside few_shot, which says how many": (
        "有 few_shot 时 max_examples 不起作用：例子数由 few_shot 决定"
    ),
    "{name} has no effect on what is learned here": "{name} 对这里要学的内容不起作用",
    "it is for tasks of the kinds {kinds}": "它只用于以下种类的任务：{kinds}",
    "it is for tasks of the kinds {kinds} with a {model} model": (
        "它只用于以 {model} 模型学以下种类的任务：{kinds}"
    ),
    "only the heads are learned": "只学输出头",
    "a chain of tags is scored as a whole": "标注链是整条评分的",
    "long texts are cut, not read in windows": "长文本会被截断，不分窗口读",
    "Name a file for it.": "请为它指定文件。",
    "an example has no target to be measured by": "有一条样本没有可用来衡量的目标",
    # draws
    "draw {number} of {total}": "第 {number} 次抽取，共 {total} 次",
    "a file of a finished draw is missing": "已完成的一次抽取缺少文件",
    "Remove {folder} to have the draw tuned again.": "删除 {folder} 即可重新微调这一次抽取。",
    "Over {draws} draws of {examples} {examples:example|examples} of each class: {metric} {mean}"
    " on average, 95% interval over draws and items {low} to {high}, lowest {least}, highest"
    " {most}. The model above is that of draw {chosen}, the best on the validation split.": (
        "每类 {examples} 个例子，抽取 {draws} 次：{metric} 平均 {mean}，"
        "95% 区间（兼计抽取与条目）{low} 至 {high}，最低 {least}，最高 {most}。"
        "上面的模型来自第 {chosen} 次抽取，即验证集上最好的一次。"
    ),
}
