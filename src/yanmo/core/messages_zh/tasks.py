"""The Chinese wording of what `yanmo.tasks` says about the files of tasks and their rows."""

CHINESE: dict[str, str] = {
    "{file}, row {row}": "{file}，第 {row} 行",
    "the file is empty": "文件是空的",
    "this file does not exist": "没有这个文件",
    "In that folder are: {names}": "该文件夹里有：{names}",
    "the file cannot be read": "文件无法读取",
    "this is an archive, not a file of rows": "这是压缩包，不是按行存放数据的文件",
    "Name a file inside it: {name}/FILE. Inside are: {members}": (
        "请写明其中的文件：{name}/FILE。其中有：{members}"
    ),
    "there is no such file in the archive": "压缩包里没有这个文件",
    "Inside are: {members}": "其中有：{members}",
    "the zip archive is damaged": "zip 压缩包已损坏",
    "Copy the file again; the rows before this one could be read.": (
        "请重新复制文件；这一行之前的内容可以读取。"
    ),
    "byte {value} at position {position} is not UTF-8": "第 {position} 字节 {value} 不是 UTF-8",
    "the rest of the file reads as UTF-8, so this row is damaged": (
        "文件的其余部分是 UTF-8，因此是这一行已损坏"
    ),
    "Correct or remove the row.": "请改正或删除这一行。",
    "Save the file as UTF-8.": "请把文件存为 UTF-8。",
    "the file is likely {encoding}": "文件的编码很可能是 {encoding}",
    "Convert it: iconv -f {encoding} -t UTF-8 {file} > NEW_FILE": (
        "请转换：iconv -f {encoding} -t UTF-8 {file} > NEW_FILE"
    ),
    "the ending of the file's name does not tell its format": "从文件名的后缀看不出文件格式",
    "known are {endings}": "已知的后缀有 {endings}",
    'Say which it is: format = "{format}" in a recipe, --format {format} on the command line.': (
        '请写明格式：在配方里写 format = "{format}"，在命令行上写 --format {format}。'
    ),
    "blocks of tokens have no columns with names": "按词分行的文件没有列名",
    "there is no column '{column}'": "没有名为 '{column}' 的列",
    "the columns are: {columns}": "现有的列：{columns}",
    "column '{column}' is empty": "'{column}' 列是空的",
    "column '{column}' holds {value}, not a text": "'{column}' 列是 {value}，不是文本",
    "column '{column}' holds {value}, not a list of texts": (
        "'{column}' 列是 {value}，不是文本列表"
    ),
    "a text in the list of column '{column}' is empty": "'{column}' 列的列表里有空文本",
    "column '{column}' holds {value}, not a number": "'{column}' 列是 {value}，不是数",
    "column '{column}' holds half of a surrogate pair": "'{column}' 列里有半个代理对",
    "column '{column}' stands twice": "'{column}' 列出现了两次",
    "the table has no rows": "表里没有数据行",
    "the row has {count} {count:field|fields}, the table has {wanted}": (
        "这一行有 {count} 个字段，表有 {wanted} 个"
    ),
    "A separator inside a field has to be quoted (CSV) or removed (TSV).": (
        "字段里的分隔符须加引号（CSV）或去掉（TSV）。"
    ),
    "A line feed inside a field has to be quoted (CSV) or removed (TSV).": (
        "字段里的换行须加引号（CSV）或去掉（TSV）。"
    ),
    "A quotation mark inside a quoted field is written twice.": "引号内的字段里，引号要写两次。",
    "a text is not UTF-8": "有文本不是 UTF-8",
    "the row is {value}, not an object": "这一行是 {value}，不是对象",
    "the file holds {value}, not a list of objects": "文件内容是 {value}，不是对象列表",
    'Where each line is an object: format = "jsonl" in a recipe, --format jsonl on the command'
    " line.": '如果每行是一个对象：在配方里写 format = "jsonl"，在命令行上写 --format jsonl。',
    "the line has {count} {count:column|columns}, those before have {wanted}": (
        "这一行有 {count} 列，前面各行有 {wanted} 列"
    ),
    "task '{task}' has no split '{split}'": "任务 '{task}' 没有 '{split}' 部分",
    "it has {splits}": "它有 {splits}",
    "Name a file for it, or set {split}_frac to cut it off train.": (
        "请为它写明文件，或设置 {split}_frac，从 train 中切出。"
    ),
    "there is no example in the files of split '{split}'": "'{split}' 部分的文件里没有样例",
    "the cut leaves no example for split '{split}'": "切分之后 '{split}' 部分没有样例",
    "there are {count} {count:example|examples} in all": "总共有 {count} 个样例",
    "{split}_frac has no effect: there is a file for {split}": (
        "{split}_frac 不起作用：{split} 已有文件"
    ),
    "{split}_frac has no effect: there is no file to learn from": (
        "{split}_frac 不起作用：没有用于训练的文件"
    ),
    "{split}_frac has no effect beside a file for {split}; remove one of them": (
        "{split} 已有文件，{split}_frac 不起作用；请去掉其中之一"
    ),
    "validation_frac and test_frac leave nothing to learn from": (
        "validation_frac 与 test_frac 没有给训练留下数据"
    ),
    '{field} has no effect beside dataset = "{dataset}", which knows its files': (
        'dataset = "{dataset}" 自带文件，{field} 不起作用'
    ),
    "a task needs a dataset, or files: train, validation or test": (
        "任务需要 dataset，或者文件：train、validation 或 test"
    ),
    'dataset = "{dataset}" needs the folder where it lies': (
        'dataset = "{dataset}" 需要写明所在的 folder'
    ),
    "unknown label '{label}'": "未知的标签 '{label}'",
    "the labels are: {labels}": "标签有：{labels}",
    "all rows have the same label, '{label}'": "所有行的标签都是 '{label}'",
    "Check label_column, or name all classes in labels.": (
        "请检查 label_column，或在 labels 中列出所有类别。"
    ),
    "the standard library of this Python has no source files": "这个 Python 的标准库没有源文件",
    "there is one choice only": "只有一个选项",
    "answer {answer} is none of the choices": "答案 {answer} 不在选项之中",
    "there are {count}: {choices}": "共有 {count} 个：{choices}",
    "the file holds {value}, not a list of passages": "文件内容是 {value}，不是短文列表",
    "the entry is {value}, not a passage and its questions": "这一项是 {value}，不是短文及其问题",
    "there is no column {wanted}: the line has {count} {count:column|columns}": (
        "没有第 {wanted} 列：这一行有 {count} 列"
    ),
    "A line holds a token and its tag, with a tab or a space between them.": (
        "每行是一个词和它的标签，中间是制表符或空格。"
    ),
    "the token is empty": "词是空的",
    "{count} {count:token|tokens} but {tags} {tags:tag|tags}": (
        "有 {count} 个词，却有 {tags} 个标签"
    ),
    "token {number}: {what}": "第 {number} 个词：{what}",
    "the tags are numbers: {value}": "标签是数：{value}",
    'Name them: tag_names = ["O", "B-PER", "I-PER"] for 0, 1, 2.': (
        '请写明名称：tag_names = ["O", "B-PER", "I-PER"] 对应 0、1、2。'
    ),
    "tag {tag} has no name: tag_names has {count}": "标签 {tag} 没有名称：tag_names 有 {count} 个",
    'Correct the row, set scheme = "bmes" or "bioes" where tags are written so, or'
    " repair_tags = true to begin an entity there.": (
        '请改正这一行；如果标签是那样写的，请设置 scheme = "bmes" 或 "bioes"；或者设置'
        " repair_tags = true，让实体从这里开始。"
    ),
    "Correct the row, or set repair_tags = true to begin an entity there.": (
        "请改正这一行，或设置 repair_tags = true，让实体从这里开始。"
    ),
    "unknown type '{entity}'": "未知的实体类型 '{entity}'",
    "the types are: {types}": "实体类型有：{types}",
    "all tags are O: there is no entity to learn": "所有标签都是 O：没有可学的实体",
    "the text has no keywords": "文本没有关键词",
    "the archive holds no {names}": "压缩包里没有 {names}",
    "score {score} is outside {lowest} to {highest}": (
        "分数 {score} 不在 {lowest} 到 {highest} 之间"
    ),
    "min_score must be below max_score": "min_score 必须小于 max_score",
    "Correct the row, or set min_score and max_score.": (
        "请改正这一行，或设置 min_score 和 max_score。"
    ),
    "tag '{tag}' cannot begin a sentence": "标签 '{tag}' 不能在句首",
    "tag '{tag}' cannot follow '{before}'": "标签 '{tag}' 不能跟在 '{before}' 后面",
    "the entity of tag '{tag}' does not end": "标签 '{tag}' 的实体没有结束",
    "'{tag}' is no tag: known are O, {letters}": "'{tag}' 不是标签：已知的有 O、{letters}",
}
