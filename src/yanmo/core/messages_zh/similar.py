"""Chinese messages of `yanmo similar` and `yanmo search`."""

CHINESE: dict[str, str] = {
    "Say how similar two texts are.": "计算两段文本的相似度。",
    "Search the rows of a file.": "在文件的各行中检索。",
    "A model tuned on similarity, any other model, or a folder of word vectors.": (
        "在相似度任务上微调过的模型、其他任何模型，或词向量文件夹。"
    ),
    "One text.": "一段文本。",
    "The other text.": "另一段文本。",
    "A file of pairs, instead of two texts.": "文本对的文件，代替两段文本。",
    "Column of the first text.": "第一段文本所在的列。",
    "Column of the second text.": "第二段文本所在的列。",
    "Column of the true similarity: prints correlations.": "真实相似度所在的列：打印相关系数。",
    "give either two texts or --pairs FILE": "请给出两段文本，或 --pairs 文件",
    "{option} belongs to --pairs": "{option} 须与 --pairs 同用",
    "two texts are needed to compare them": "比较需要两段文本",
    "Give two texts, or name the column of the second with --second-column.": (
        "请给出两段文本，或用 --second-column 指定第二段所在的列。"
    ),
    "this model makes no vectors of texts: it reads them for its task alone": (
        "这个模型不给出文本向量：它只为自己的任务读取文本"
    ),
    "{cut:,} of {texts:,} texts are longer than {limit} tokens and were cut there": (
        "{texts:,} 段文本中有 {cut:,} 段超过 {limit} 个词元，已在该处截断"
    ),
    "What is looked for.": "要找的内容。",
    "bm25 (words), dense (vectors) or both; both with a model, else bm25.": (
        "bm25（按词）、dense（按向量）或 both；有模型时默认 both，否则 bm25。"
    ),
    "What makes vectors: a model, or word vectors.": "用来生成向量的模型或词向量。",
    "Rows for each query.": "每个查询返回的行数。",
    "Column of the texts that are searched.": "被检索文本所在的列。",
    "A file of queries: prints how well they are answered.": "查询文件：打印检索效果。",
    "Column of the query, in the file of queries.": "查询文件中查询所在的列。",
    "Column that names the rows that are searched.": "被检索各行的名称所在的列。",
    "Column with the key of the right row, in the file of queries.": (
        "查询文件中正确行的名称所在的列。"
    ),
    "give either a query or --queries FILE": "请给出一个查询，或 --queries 文件",
    "kind of search": "检索方式",
    "search by {kind} needs a model": "{kind} 检索需要模型",
    "search by words uses no model": "按词检索不使用模型",
    "at least one row is looked for": "至少要找一行",
    "a list of words is no text to search": "词的列表不是可检索的文本",
    "no row of {file} has the key {key}": "{file} 中没有名为 {key} 的行",
    "there is no query": "没有查询",
    "no row has a word of the query": "没有一行含有查询中的词",
    "Name the column with {option}.": "请用 {option} 指定列。",
    "Name the column with {option}; where the first line is no heading, give --no-header.": (
        "请用 {option} 指定列；如果第一行不是表头，请加 --no-header。"
    ),
}
