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
    "{where} names the task {task!r}, and there is no section [tasks.{task}]; there are:"
    " {known}": "{where} 提到任务 {task!r}，但没有 [tasks.{task}] 一节；现有：{known}",
    "a matrix of models and tasks has one metric, and these tasks are of several kinds": (
        "模型与任务的矩阵只有一个指标，而这些任务种类不同"
    ),
    "Give each kind a section [measure.NAME] of its own.": (
        "请给每个种类各写一节 [measure.名称]。"
    ),
    "Leave it out.": "请去掉它。",
    "only tasks with heads can be learned together": "只有带输出头的任务可以一起学",
    "these are of the kinds {kinds}": "这些任务的种类是 {kinds}",
    "tasks of kind {kind} are not learned": "{kind} 类任务不能微调",
    "this task cannot be learned by a model of this kind": "这种模型学不了这个任务",
    "it needs a {wanted} model, and this is a {kind} one": (
        "需要 {wanted} 模型，而这是 {kind} 模型"
    ),
    # runs
    "Teach the model the tasks of the recipe.": "让模型学会配方里的任务。",
    "{task}: {command}": "{task}：{command}",
    "learning a vocabulary of {size:,} entries from the task": "从任务文本学习 {size:,} 项的词表",
    "{trained:,} of {params:,} weights are trained ({percent:.2f}%)": (
        "{params:,} 个权重中训练 {trained:,} 个（{percent:.2f}%）"
    ),
    "{tasks}: {rows:,} rows to learn from, {validation:,} to choose by; {steps}"
    " {steps:step|steps} of {batch} on {device}": (
        "{tasks}：{rows:,} 行用来学，{validation:,} 行用来选；{steps} 步，每步 {batch} 行，在"
        " {device} 上"
    ),
    "asked with {examples} {examples:example|examples} in the prompt, {draws} {draws:draw|draws} of"
    " them": "提示里放 {examples} 个示例，抽取 {draws} 次",
    "measuring under noise": "在噪声下测量",
    "{task}: {missing:,} keywords do not stand in their texts and cannot be tagged": (
        "{task}：有 {missing:,} 个关键词不在原文里，无法标注"
    ),
    "one example, what is learned of it marked:": "一条样本，标出其中要学的部分：",
    "preferences are told against the model that training begins with": (
        "偏好是相对于训练起点的模型来说的"
    ),
    "random weights prefer nothing": "随机权重没有偏好",
    "Name a model that answers already, with init_from.": (
        "请用 init_from 指定一个已经会回答的模型。"
    ),
    "there is nothing to learn from": "没有可学的内容",
    'schedule "{name}" has fallen to zero in the only step; raise steps or epochs, or take'
    ' schedule.name = "constant"': (
        '学习率按"{name}"在唯一的一步里已降到零；请增加 steps 或 epochs，或用'
        ' schedule.name = "constant"'
    ),
    'finetune.{name} begins with "{base}", and no section before it is called so; before it there'
    " are: {known}": ("finetune.{name} 从“{base}”开始，但它前面没有这样的一节；前面有：{known}"),
    "other tools will open the folder of this model as the model alone, without its head": (
        "其他工具打开这个模型的文件夹时只见模型本身，不见输出头"
    ),
    '; with pooling = "pooler" they will open the head, too': (
        '；用 pooling = "pooler" 时输出头也能打开'
    ),
    # examples
    "an example has no target to learn from": "有一条样本没有可学的目标",
    "Give it one, or take the row out of the file.": "请给出目标，或从文件中去掉这一行。",
    "{sources:,} sources and {targets:,} targets of {rows:,} are too long and are cut": (
        "{rows:,} 对中有 {sources:,} 个源文本和 {targets:,} 个目标文本过长，已截断"
    ),
}
