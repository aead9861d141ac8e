"""The Chinese wording of what `yanmo.corpus` says."""

CHINESE: dict[str, str] = {
    "one of standard_library, installed_packages and readmes must be true": (
        "standard_library、installed_packages、readmes 三者至少有一个须为 true"
    ),
    "this Python knows no encoding {name!r}": "此 Python 不认识编码 {name!r}",
    "there are no documents here": "这里没有文档",
    "no file is named part-*.parquet": "没有名为 part-*.parquet 的文件",
    "Make the corpus first: yanmo corpus RECIPE": "请先制作语料：yanmo corpus RECIPE",
    "every document was rejected": "所有文档都被剔除了",
    "The reasons are in report.json in this folder.": "原因见该文件夹中的 report.json。",
    "a corpus of {count} documents leaves nothing for {splits}": (
        "语料只有 {count} 篇文档，{splits} 部分一篇也分不到"
    ),
    "documents are held out one by one, and training needs held-out text": (
        "留出数据以文档为单位，而训练离不开留出的文本"
    ),
    "corpus: {count} {count:file or record|files or records} could not be read; the first:"
    " {file}: {error}": ("语料：有 {count} 个文件或记录无法读取；第一个：{file}：{error}"),
    "corpus: {count} {count:file or record is|files or records are} of types that are not read:"
    " {types}": ("语料：有 {count} 个文件或记录的类型不支持：{types}"),
    "the text holds a lone surrogate": "文本中含有不成对的代理字符",
    "the compressed data is corrupt": "压缩数据已损坏",
    "the compressed file is truncated": "压缩文件不完整，后面部分缺失",
    "this is a binary file, not text": "这是二进制文件，不是文本",
    "bytes that are not valid {codec}": "有不合 {codec} 编码的字节",
    "broken JSON: {error}": "JSON 有误：{error}",
    "broken Parquet: {error}": "Parquet 文件有误：{error}",
    "broken table row: {error}": "表格行有误：{error}",
    "a row of {count} fields, not {expected}": "此行有 {count} 个字段，应为 {expected} 个",
    "the record is neither a string nor an object": "该记录既不是字符串也不是对象",
    "there is no column {column!r}; the columns are {names}": (
        "没有名为 {column!r} 的列；现有的列：{names}"
    ),
    "this file or folder does not exist": "文件或文件夹不存在",
    "looked for {path}": "查找的是 {path}",
    "this folder holds no readable files": "文件夹中没有可读的文件",
    "archives are not read": "不能直接读取归档文件",
    "Unpack it and name the folder.": "请先解包，再写明文件夹。",
    "this file type is not read": "不支持这种文件类型",
    "everything in it is empty": "其中的内容全是空的",
    "no text could be read from this path": "从该路径读不到任何文本",
    "not Python that parses: {error}": "不是可解析的 Python 代码：{error}",
    "Get a good copy of it, or leave this path out.": "请换一份完好的文件，或去掉这个路径。",
    "Correct the path; paths are relative to the current folder.": (
        "请改正路径；相对路径以当前文件夹为起点。"
    ),
    "{what} at character {place}": "第 {place} 个字符处：{what}",
    'Name its encoding, such as encoding = "koi8-r" in the recipe, or '
    "corpus.sources.0.encoding=koi8-r on the command line.": (
        '请写明编码：配方中写 encoding = "koi8-r" 之类，'
        "命令行上写 corpus.sources.0.encoding=koi8-r。"
    ),
    'Name the column that holds the text, such as text_field = "content" in the recipe, or '
    "corpus.sources.0.text_field=content on the command line.": (
        '请写明文本所在的列：配方中写 text_field = "content" 之类，'
        "命令行上写 corpus.sources.0.text_field=content。"
    ),
    "reading this took too long or ended the process": "读取耗时过长，或使进程终止",
}
