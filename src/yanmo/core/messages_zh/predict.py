"""Chinese messages of predicting with a task model: `inference.predict` and `yanmo predict`."""

CHINESE: dict[str, str] = {
    "the model has no head {name}": "模型没有名为 {name} 的输出头",
    "head {name} does {kind}, not {wanted}": "输出头 {name} 的用途是 {kind}，不是 {wanted}",
    "head {name} does not mark entities": "输出头 {name} 不标注实体",
    "its tags are {tags}": "它的标签为 {tags}",
    "head {name} reads one text": "输出头 {name} 只读一段文本",
    "a model that writes reads one text": "生成文本的模型只读一段文本",
    "the column holds lists of words, and this model reads texts": (
        "该列是词的列表，而这个模型读的是文本"
    ),
    "the model has several heads, and none is chosen": "模型有多个输出头，而没有指定用哪一个",
    "there is no model in this folder": "这个文件夹中没有模型",
    "Give a folder with config.json, or runs/NAME/finetune/TASK.": (
        "请给出含有 config.json 的文件夹，或 runs/NAME/finetune/TASK。"
    ),
    "this model has no head for a task, and it does not write": (
        "这个模型没有用于任务的输出头，也不生成文本"
    ),
    "Tune it first: yanmo finetune RECIPE": "请先微调：yanmo finetune RECIPE",
    # What was not read or not finished
    (
        "{cut:,} {cut:text is|texts are} longer than the model reads: {tokens:,} tokens are not"
        " read"
    ): "{cut:,} 段文本超过模型能读的长度：{tokens:,} 个词元没有被读取",
    (
        "{count:,} {count:text is|texts are} longer than the model reads and {count:was|were}"
        " written from part by part"
    ): "{count:,} 段文本超过模型能读的长度，已分段读取、逐段生成",
    (
        "{count:,} written {count:text|texts} came to the limit of tokens before"
        " {count:its|their} end"
    ): "{count:,} 段生成的文本尚未结束就到了词元上限",
    "{missing:,} of {terms:,} terms of the glossary are not in the translation: {names}": (
        "术语表中应出现的 {terms:,} 处术语有 {missing:,} 处没有出现在译文中：{names}"
    ),
    "this option has no effect here": "这个选项在这里不起作用",
    "this model has a head and writes nothing": "这个模型带有输出头，不生成文本",
    "this model does not answer questions from passages": "这个模型不根据段落回答问题",
    "this model writes; it has no head": "这个模型生成文本，没有输出头",
    "this model continues texts; it reads no source": "这个模型续写文本，不读源文本",
    # Files
    "rows for predictions are not read from '{format}'": "预测所用的行不能从“{format}”读取",
    "a plain text has one column, and two are needed": "纯文本只有一列，而这里需要两列",
    "Give a .jsonl, .csv or .tsv file.": "请给出 .jsonl、.csv 或 .tsv 文件。",
    "a plain text would lose the other columns of {file}": "写成纯文本会丢失 {file} 的其他列",
    "{path} is a folder": "{path} 是一个文件夹",
    "{path} is there already": "{path} 已经存在",
    "Choose another name, or write over it with --force.": "请换一个名字，或用 --force 覆盖。",
    "{file} has a column '{column}' already": "{file} 已有名为“{column}”的列",
    "Give another name: --column model_{column}": "请换一个名字：--column model_{column}",
    "the predictions could not be written": "预测结果未能写出",
    "predicted {done:,} of {rows:,}": "已预测 {done:,} / {rows:,}",
    "{rows:,} {rows:row|rows} in {path}": "{rows:,} 行，存于 {path}",
    (
        "{count:,} {count:value|values} had a tab or a line feed, which this format cannot hold; a"
        " space stands there"
    ): "{count:,} 个值含有制表符或换行，这种格式无法容纳，已改为空格",
    # The command
    "Ask a model about every row of a file.": "让模型对文件的每一行作出预测。",
    "runs/NAME/finetune/TASK, or the folder of a model that has a head or writes.": (
        "runs/NAME/finetune/TASK，或带有输出头、能生成文本的模型文件夹。"
    ),
    "Plain text, JSONL, JSON, CSV, TSV or Parquet; '-' reads standard input.": (
        "纯文本、JSONL、JSON、CSV、TSV 或 Parquet；'-' 表示读取标准输入。"
    ),
    "Plain text, JSONL, JSON, CSV, TSV or Parquet; '-' reads standard input. For a network that"
    " hears, a WAV file or a folder of them.": (
        "纯文本、JSONL、JSON、CSV、TSV 或 Parquet；'-' 表示读取标准输入。"
        "若网络听声音，则为 WAV 文件或其文件夹。"
    ),
    "One text, instead of a file.": "一段文本，代替文件。",
    "With -p: the other text of a pair, or the passage of a question.": (
        "与 -p 同用：文本对的另一段，或问题所依据的段落。"
    ),
    "Write the rows with the predictions beside them here.": "把各行连同预测写到这里。",
    "Write over a file that is there already.": "覆盖已有的文件。",
    "Column of the text, or of the question.": "文本（或问题）所在的列。",
    "Column of the second text, or of the passage.": "第二段文本（或段落）所在的列。",
    "Name of the column that is added.": "新增列的名字。",
    "lines, jsonl, json, csv, tsv or parquet; else by the ending.": (
        "lines、jsonl、json、csv、tsv 或 parquet；不指定时看扩展名。"
    ),
    "The columns of the table are called 1, 2 ...": "表格没有表头，各列名为 1、2……",
    "Which head of a model that has several.": "模型有多个输出头时用哪一个。",
    "Long texts: windows (everything is read) or truncate.": (
        "长文本：windows（全部读取）或 truncate（截断）。"
    ),
    "Longest row, in tokens.": "一行最多多少个词元。",
    "Tokens that two windows have in common.": "相邻两个窗口重叠的词元数。",
    "What stays of a text that is cut: head, tail or both.": (
        "截断时保留哪一部分：head（开头）、tail（结尾）或 both（两头）。"
    ),
    "Least log-odds of an answer against 'no answer'; 0 unless told.": (
        "答案相对于“没有答案”的对数几率至少要有多少；默认 0。"
    ),
    "Longest text that is written; 128 tokens unless told.": (
        "生成的文本最多多少个词元；默认 128。"
    ),
    "Hypotheses that are followed while writing; 1 (greedy) unless told.": (
        "生成时同时跟踪的候选数；默认 1（贪心）。"
    ),
    "Terms that translations have to use: CSV or TSV of source, target.": (
        "译文必须使用的术语：CSV 或 TSV，每行为原文、译文。"
    ),
    "give either a file or one text with -p": "请给出一个文件，或用 -p 给出一段文本",
    "a file names its second text by a column": "文件用列名指定第二段文本",
    "Use --second-column.": "请用 --second-column。",
    "the prediction of one text is printed, not written": "一段文本的预测只打印，不写入文件",
    "--out and --json exclude each other": "--out 与 --json 不能同时使用",
    "this model answers a question from a passage": "这个模型根据段落回答问题",
    "Give the passage with --second.": "请用 --second 给出段落。",
}
