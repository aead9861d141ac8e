"""The Chinese wording of what `yanmo.cli` says: help pages, usage errors and results."""

CHINESE: dict[str, str] = {
    # the whole
    "Raw text in; out comes a language model that is trained, measured and can write.": (
        "给它原始文本，得到一个训练好、测评过、会写作的语言模型。"
    ),
    "interrupted; run the same command again to go on": "已中断；再次运行同一命令即可继续",
    # the frame of help pages and usage errors
    "Usage: ": "用法：",
    "error: {text}": "错误：{text}",
    "{heading}:": "{heading}：",
    "Arguments": "参数",
    "[default: ": "[默认：",
    "[required]": "[必填]",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示本帮助并退出。",
    "Install completion for the current shell.": "为当前 shell 安装命令补全。",
    "Show completion for the current shell, to copy or change it.": (
        "显示当前 shell 的命令补全脚本，供复制或修改。"
    ),
    "Help: {command}": "帮助：{command}",
    "there is no command '{name}'": "没有 '{name}' 这个命令",
    "there is no option '{name}'": "没有 '{name}' 这个选项",
    "there is no option '{name}', did you mean {names}?": (
        "没有 '{name}' 这个选项，是不是想写 {names}？"
    ),
    "{name} is missing": "缺少 {name}",
    "the value of {name} is not good: {why}": "{name} 的值不行：{why}",
    # stages
    "The whole life on Python's own documentation, or on your text.": (
        "用 Python 自带的文档或你的文本走一遍全程。"
    ),
    "Every stage of a recipe, skipping what is up to date.": (
        "运行配方的所有阶段，跳过没有变化的阶段。"
    ),
    "Copy a shipped recipe to edit.": "复制一份自带的配方，供修改。",
    "Read, clean and split the raw text.": "读取、清洗并划分原始文本。",
    "Learn the vocabulary.": "学习词表。",
    "Encode the corpus into token shards.": "把语料编码成词元分片。",
    "Train the model.": "训练模型。",
    "Measure the model on held-out documents.": "在留出的文档上测评模型。",
    "{what} Runs earlier stages that are not up to date.": "{what}前面的阶段如有变化，会先运行。",
    "Train on this file or folder; may be repeated.": "用这个文件或文件夹训练；可以多次给出。",
    "Name of a shipped recipe: see `yanmo ls`.": "自带配方的名称，见 `yanmo ls`。",
    "Where to; NAME.toml unless told.": "写到哪里；默认为 NAME.toml。",
    "there is no shipped recipe '{name}'": "没有名为 '{name}' 的自带配方",
    "Did you mean '{name}'?": "是不是想写 '{name}'？",
    "There are: {names}.": "现有：{names}。",
    "this file exists already": "这个文件已经存在",
    "Give another path: yanmo new {name} PATH": "请换一个路径：yanmo new {name} PATH",
    "wrote {path}; edit it, then: yanmo run {path}": (
        "已写出 {path}；修改后运行：yanmo run {path}"
    ),
    "up to date": "没有变化",
    "Go on with: {command}": "继续：{command}",
    "everything in {path} is up to date": "{path} 中的一切都没有变化",
    "report: {path}": "报告：{path}",
    "write with the model: {command}": "让模型写作：{command}",
    "fill blanks with it: {command}": "用它填空：{command}",
    # shared arguments
    "A recipe file, or the name of a shipped recipe.": "配方文件，或自带配方的名称。",
    "Settings that win over the recipe.": "覆盖配方的设置。",
    "Folder of the run; runs/NAME unless told.": "本次运行的文件夹；默认为 runs/NAME。",
    "Print warnings only.": "只输出警告。",
    "Say what would run, and run nothing.": "只说明会运行什么，不实际运行。",
    "Print the result as JSON.": "以 JSON 输出结果。",
    # config
    "Check, show and explain recipes without running them.": "检查、显示、解释配方，不运行。",
    "Find every mistake in a recipe.": "找出配方中的所有错误。",
    "Print the resolved recipe as TOML.": "以 TOML 输出补全后的配方。",
    "Print the JSON Schema of recipes.": "输出配方的 JSON Schema。",
    "Explain a key or a section: what it means, its default, its limits.": (
        "解释一个键或一节：含义、默认值和取值范围。"
    ),
    "{recipe}: no mistakes": "{recipe}：没有错误",
    "Such as pretrain.steps, or a section.": "例如 pretrain.steps，或一节的名称。",
    # looking
    "What there is: recipes, models, sources, optimisers.": (
        "有什么可用：配方、模型、来源、优化器。"
    ),
    "What this machine can do.": "这台机器能做什么。",
    "Time a few training steps on this machine.": "在这台机器上实测几个训练步。",
    "One kind only, such as recipes.": "只列一类，例如 recipes。",
    "there is no kind '{name}'": "没有 '{name}' 这一类",
    # generate
    "Continue a prompt with a trained model.": "用训练好的模型续写一段开头。",
    "A model folder: runs/NAME/pretrain/model.": "模型文件夹：runs/NAME/pretrain/model。",
    "Text to continue; '-' reads standard input.": "要续写的文本；'-' 表示从标准输入读取。",
    "Longest continuation.": "最多续写多少个词元。",
    "0 takes the most probable token.": "温度；0 表示总取概率最高的词元。",
    "Keep the k most probable tokens.": "只保留概率最高的 k 个词元。",
    "Keep the most probable tokens up to this sum.": "按概率从高到低保留词元，直到总和达到此值。",
    "Keep tokens at least this fraction as probable as the best.": (
        "保留概率不低于最高者这一比例的词元。"
    ),
    "Above 1 avoids tokens used already.": "大于 1 时避免重复用过的词元。",
    "Makes the continuation reproducible.": "随机种子，使续写可以重现。",
    "End before this string; may be repeated.": "遇到这个字符串就停，不输出它；可以多次给出。",
    "cpu, cuda, mps or auto.": "cpu、cuda、mps 或 auto。",
    "unknown device '{name}'": "没有 '{name}' 这种设备",
    # runs
    "Look at runs: what was made, and from what.": "查看运行：做出了什么，由什么而来。",
    "List runs.": "列出运行。",
    "Stages of a run, their time, memory and numbers.": "一次运行的各阶段及其用时、内存和数字。",
    "Walk back from a file to its sources and forward to what it made.": (
        "从一个文件向前追到来源，向后追到由它做出的东西。"
    ),
    "Kill a short run again and again, and compare.": (
        "反复杀死一次短训练再续训，与不中断的结果比对。"
    ),
    "Folder of a run, such as runs/NAME.": "一次运行的文件夹，例如 runs/NAME。",
    "Print the lineage as a Mermaid graph.": "以 Mermaid 图输出来龙去脉。",
    "Where runs lie.": "存放运行的文件夹。",
    "no runs in {folder}": "{folder} 中没有运行",
    "Any file or folder of a run.": "运行中的任一文件或文件夹。",
    "How often the run is killed.": "杀死多少次。",
    "Length of the short run.": "短训练的步数。",
    "Decides the moments.": "决定杀死时刻的随机种子。",
    "Where to work; a temporary folder unless told.": "在哪里进行；默认用临时文件夹。",
    "this is no run: it has no recipe.toml": "这不是一次运行：里面没有 recipe.toml",
    "`yanmo runs ls` lists the runs.": "`yanmo runs ls` 可列出运行。",
    "the prompt has {length} tokens; the model reads the last {limit} of them": (
        "开头有 {length} 个词元，模型只读最后 {limit} 个"
    ),
    "there is no such folder": "没有这个文件夹",
    "this file cannot be written": "无法写入这个文件",
    "Print the version and exit.": "显示版本后退出。",
    "{section} has one of these kinds, as kind = ...:": "{section} 的 kind 有以下几种：",
    "The keys of one kind: {command}": "只看其中一种的键：{command}",
    "The keys of all kinds: {command}": "看所有种类的键：{command}",
}
