"""Chinese wording of the run report and of what goes wrong when it is made."""

CHINESE: dict[str, str] = {
    # Numbers
    "{n} ms": "{n} 毫秒",
    "{n} s": "{n} 秒",
    "{m} min {s} s": "{m} 分 {s} 秒",
    "{h} h {m} min": "{h} 小时 {m} 分",
    "{d} d {h} h": "{d} 天 {h} 小时",
    # The frame of the page
    "{name} · yanmo report": "{name} · yanmo 报告",
    "Skip to the content": "跳到正文",
    "Light or dark": "浅色或深色",
    "Light": "浅色",
    "Dark": "深色",
    "Contents": "目录",
    "Copy": "复制",
    "Copied": "已复制",
    "Copy: {text}": "复制：{text}",
    "Written by yanmo (研墨, “grinding ink”) from the files of the run.": (
        "本页由 yanmo（研墨）根据这次运行的文件写成。"
    ),
    # What could not be read
    "there is no run here": "这里没有运行记录",
    "Name a folder below runs/.": "请给出 runs/ 下的一个文件夹。",
    "this folder holds no stage of a run": "这个文件夹里没有任何运行阶段",
    "Name the folder that holds recipe.toml, corpus/ and pretrain/.": (
        "请给出包含 recipe.toml、corpus/ 和 pretrain/ 的文件夹。"
    ),
    "{file} could not be read: {why}": "无法读取 {file}：{why}",
    "{file} lacks {field}.": "{file} 缺少 {field}。",
    "Rows of {file} that could not be read: {n}.": "{file} 中有 {n} 行无法读取。",
    # Overview
    "Of {documents} documents {kept} were kept and became {tokens} tokens.": (
        "{documents} 篇文档中保留了 {kept} 篇，化为 {tokens} 词元。"
    ),
    "{kept} of {documents} documents were kept.": "{documents} 篇文档中保留了 {kept} 篇。",
    "The {family} model of {parameters} parameters, trained on them for {steps} steps, "
    "reaches {bits} bits per byte on text it has not seen.": (
        "{parameters} 参数的 {family} 模型在其上训练 {steps}\u00a0步，"
        "在从未见过的文本上达到每字节 {bits} 比特。"
    ),
    "The {family} model of {parameters} parameters was trained on them for {steps} steps.": (
        "{parameters} 参数的 {family} 模型在其上训练了 {steps}\u00a0步。"
    ),
    "language": "语言",
    "Training has come to step {step} with a loss of {loss} nats per token.": (
        "训练已进行到第 {step} 步，损失为每词元 {loss} 奈特。"
    ),
    "That is {percent} fewer than the {baseline} baseline needs.": (
        "这比 {baseline} 基线少 {percent}。"
    ),
    "That is {percent} more than the {baseline} baseline needs.": (
        "这比 {baseline} 基线多 {percent}。"
    ),
    "That is as many as the {baseline} baseline needs.": "这与 {baseline} 基线相同。",
    "This run has only begun.": "这次运行刚刚开始。",
    "documents kept": "保留的文档",
    "tokens": "词元",
    "parameters": "参数",
    "validation loss": "验证损失",
    "against {baseline}": "相对于 {baseline}",
    "time, all stages": "全部阶段用时",
    "This run is not finished": "这次运行尚未完成",
    "To be noted": "请注意",
    "begun, not finished": "已开始，未完成",
    "not run yet": "尚未运行",
    "To go on:": "继续运行：",
    # Corpus
    "What went in": "用了哪些文本",
    "Every document that was read was kept.": "读入的文档全部保留。",
    "{percent} of the documents were dropped.": "{percent} 的文档被剔除。",
    "{percent} of the documents were dropped; the most frequent reason is “{reason}”.": (
        "{percent} 的文档被剔除，最常见的原因是“{reason}”。"
    ),
    "read": "读入",
    "kept": "保留",
    "dropped": "剔除",
    "train": "训练",
    "validation": "验证",
    "test": "测试",
    "documents": "文档",
    "other scripts": "其他文字",
    "bytes": "字节",
    "characters": "字符",
    "Every document is accounted for: read = kept + dropped.": (
        "每篇文档都有去处：读入 = 保留 + 剔除。"
    ),
    "Documents not accounted for: {n}.": "去向不明的文档：{n} 篇。",
    "Documents whose text was altered, by step:": "文本被改动的文档，按步骤：",
    "Why documents were dropped": "文档为何被剔除",
    "Nothing was dropped.": "没有剔除任何文档。",
    "reason": "原因",
    "No example was kept.": "没有留下例子。",
    "Files that could not be read: {n}": "无法读取的文件：{n} 个",
    "Unreadable files": "无法读取的文件",
    "file": "文件",
    "error": "错误",
    "at byte": "字节位置",
    "and {n} more": "另有 {n} 个",
    "Letters of what was kept, by script": "保留文本的文字种类",
    "Latin": "拉丁字母",
    "Han": "汉字",
    "Kana": "假名",
    "Hangul": "谚文",
    "Cyrillic": "西里尔字母",
    "Arabic": "阿拉伯字母",
    "Files of types that are not read": "未读取的文件类型",
    "others": "其他",
    "Length of documents, in characters": "文档长度（字符）",
    "Histogram of document lengths in characters": "文档长度直方图（字符）",
    "Sources and splits": "来源与划分",
    "What the steps changed": "各步骤改动了什么",
    "What the rules measured": "规则量到了什么",
    "{n} measures that are nearly the same everywhere": "另有 {n} 个几乎处处相同的度量",
    "median {value}": "中位数 {value}",
    "Histogram of {name}": "{name} 的直方图",
    "How varied it is": "有多丰富",
    "novelty": "新颖度",
    "spread": "分布",
    "{distinct} different words among {words}.": "{words} 个词中有 {distinct} 个不同的词。",
    "Copies left out": "剔除的重复",
    "{number} clusters of {documents} documents; the largest holds {largest}.": (
        "{number} 个重复簇，共 {documents} 篇；最大的一簇 {largest} 篇。"
    ),
    "Histogram of cluster sizes": "重复簇大小直方图",
    "{rate} in a million characters.": "每百万字符 {rate} 处。",
    "Sources, languages and domains": "来源、语言与领域",
    "Some of what was kept": "保留文档举例",
    "{n} documents, chosen by the hash of their text": "{n} 篇文档，按文本的哈希选取",
    "before": "之前",
    "after": "之后",
    # Tokens
    "Tokens": "词元",
    "A vocabulary of {n} entries.": "词表共 {n} 项。",
    "A vocabulary of {n} entries; one token stands for {bytes} bytes of text.": (
        "词表共 {n} 项；一个词元平均代表 {bytes} 字节文本。"
    ),
    "Tokens have not been written yet.": "词元尚未写出。",
    "Where every token went": "每个词元的去处",
    "tokens in": "词元总数",
    "to train on": "用于训练",
    "padding": "填充",
    "The account adds up to the last token.": "账目相符，一个词元不差。",
    "Tokens not accounted for: {n}.": "去向不明的词元：{n} 个。",
    "Documents without text, dropped: {n}.": "没有文本而剔除的文档：{n} 篇。",
    "By split": "按划分",
    "split": "划分",
    "share of tokens": "词元占比",
    "bytes per token": "每词元字节",
    # Training
    "How it learnt": "如何学习",
    "Validation loss went from {first} to {last} nats per token.": (
        "验证损失从每词元 {first} 奈特降到 {last} 奈特。"
    ),
    "The last training loss is {loss} nats per token.": "最后的训练损失为每词元 {loss} 奈特。",
    "loss, nats per token": "损失（奈特/词元）",
    "training": "训练",
    "training, smoothed": "训练（平滑）",
    "learning rate": "学习率",
    "gradient norm": "梯度范数",
    "tokens per second": "每秒词元",
    "across": "横轴",
    "loss": "损失",
    "step": "步",
    "steps": "步数",
    "time": "时间",
    "linear": "线性",
    "logarithmic": "对数",
    "Pauses between resumed parts left out of the time axis: {n}.": (
        "时间轴略去了续训之间的 {n} 次停顿。"
    ),
    "Steps whose loss was not a finite number: {n}.": "损失不是有限数的步数：{n}。",
    "parameters without embeddings": "不含嵌入的参数",
    "tokens trained on": "训练过的词元",
    "passes over the training text": "训练文本的遍数",
    "floating-point operations": "浮点运算次数",
    "times resumed": "续训次数",
    "The validations as a table": "验证结果表",
    # Samples
    "What it writes": "写出了什么",
    "The same prompts, continued by the model at {n} points of its training.": (
        "同样的开头，由模型在训练的 {n} 个时刻续写。"
    ),
    "Prompt": "开头",
    "(nothing)": "（空）",
    "step {n}": "第 {n} 步",
    "All steps": "全部步骤",
    "{shown} of {n} steps": "{n} 个时刻中的 {shown} 个",
    "Prompts not shown here: {n}.": "未在此显示的开头：{n} 个。",
    # Evaluation
    "How good it is": "有多好",
    "Measured on text that was held out from training.": "在未参与训练的文本上测得。",
    "On held-out text the model needs {percent} fewer bits than the {baseline} baseline.": (
        "在未参与训练的文本上，模型比 {baseline} 基线少用 {percent} 的比特。"
    ),
    "On held-out text the model needs {percent} more bits than the {baseline} baseline.": (
        "在未参与训练的文本上，模型比 {baseline} 基线多用 {percent} 的比特。"
    ),
    "The difference from the {baseline} baseline may be chance.": (
        "与 {baseline} 基线的差别可能只是偶然。"
    ),
    "{model} − {baseline}: {value} bits per byte, 95% interval {low} to {high}.": (
        "{model} − {baseline}：每字节 {value} 比特，95% 区间 {low} 至 {high}。"
    ),
    "Bits per byte (lower is better)": "每字节比特（越低越好）",
    "All metrics": "全部指标",
    "model": "模型",
    "kind": "类别",
    "neural": "神经网络",
    "n-gram": "n 元语法",
    "bits per byte": "每字节比特",
    "perplexity": "困惑度",
    "top 1": "首选命中",
    "top 5": "前五命中",
    "Split “{split}”: {documents} documents, {tokens} tokens, {bytes}.": (
        "划分“{split}”：{documents} 篇文档，{tokens} 个词元，{bytes}。"
    ),
    "The model sees at most {context} tokens at a time, in windows {stride} tokens apart.": (
        "模型一次最多看 {context} 个词元，窗口每次移动 {stride} 个词元。"
    ),
    # Lineage and cost
    "Where it came from": "从何而来",
    "Each box is a directory of this run; the eight digits are the hash of its content.": (
        "每个方框是这次运行的一个目录；八位十六进制数是其内容的哈希。"
    ),
    "From sources to results: what was made from what": "从来源到结果：什么由什么得来",
    "source": "来源",
    "{stage} was made from an earlier {source}.": "{stage} 由较早的 {source} 得来。",
    "Hashes and dates": "哈希与日期",
    "stage": "阶段",
    "content": "内容",
    "finished": "完成于",
    "The same graph as Mermaid text": "同一张图的 Mermaid 文本",
    "What it cost": "花费多少",
    "{total} in all; {stage} took {percent} of it.": "共 {total}，其中 {stage} 占 {percent}。",
    "Time": "时间",
    "CPU {time}": "CPU {time}",
    "Peak memory": "内存峰值",
    # Going on
    "Now with your own text": "换成你的文本",
    "The commands to try it, and to do the same with your own text.": (
        "试用模型的命令，以及用你自己的文本重做一遍的命令。"
    ),
    "Let this model write:": "让这个模型写：",
    "Once upon a time": "从前",
    "The same life on your own text:": "用你自己的文本走一遍全程：",
    "A recipe to edit:": "取一份可修改的配方：",
    "Run it; stages that are up to date are skipped:": "运行它；没有变化的阶段会跳过：",
    "The recipe of this run": "这次运行的配方",
}
