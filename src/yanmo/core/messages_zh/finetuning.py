"""Chinese messages about fine-tuning: its settings, its examples, its runs."""

CHINESE: dict[str, str] = {
    # settings
    "epochs = {epochs} and steps = {steps} both say how long training is; set one of them to"
    " none": "epochs = {epochs} 与 steps = {steps} 都规定了训练多久；请把其中一个设为 none",
    "the section {section} has no effect without {needed}": "没有 {needed}，{section} 一节不起作用",
    'method = "{method}" leaves random weights as they are: there is nothing to build on with'
    ' init_from = "scratch"': (
        'method = "{method}" 不改动随机权重：init_from = "scratch" 时没有可以利用的基础'
    ),
    # examples
    "an example has no target to learn from": "有一条样本没有可学的目标",
    "Give it one, or take the row out of the file.": "请给出目标，或从文件中去掉这一行。",
    "{sources:,} sources and {targets:,} targets of {rows:,} are too long and are cut": (
        "{rows:,} 对中有 {sources:,} 个源文本和 {targets:,} 个目标文本过长，已截断"
    ),
}
