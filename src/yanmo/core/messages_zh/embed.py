"""Chinese messages of `yanmo embed`."""

CHINESE: dict[str, str] = {
    "Turn every line of a text into a vector.": "把文本的每一行变成一个向量。",
    "A model folder, or a folder of word vectors.": "模型文件夹，或词向量文件夹。",
    "A text; '-' reads standard input.": "文本文件；'-' 表示读取标准输入。",
    "x.npy or x.jsonl; JSON lines on standard output unless told.": (
        "x.npy 或 x.jsonl；不指定时向标准输出写 JSON 行。"
    ),
    "mean, cls, last or pooler.": "mean、cls、last 或 pooler。",
    "Block to read: 0 the embeddings, -1 the last.": "读取哪一层：0 为词嵌入，-1 为最后一层。",
    "The vector of this word in each line, in its context.": "每一行中这个词在上下文里的向量。",
    "Scale every vector to length one.": "把每个向量缩放到长度 1。",
    "Tokens that go through the model at once.": "一次送入模型的词元数。",
    "the vectors could not be written": "向量未能写出",
    "the model gives states that are not numbers": "模型给出的状态不是数值",
    "Its weights are damaged, or its training diverged.": "它的权重已损坏，或者训练已经发散。",
    "it comes after the {limit} tokens that are read": "它位于所读取的 {limit} 个词元之后",
    "the word '{word}' is not in this line": "这一行中没有词“{word}”",
    "line {number}": "第 {number} 行",
    "Give only lines that have the word.": "请只提供含有该词的行。",
    "this model has no layers to choose from: it is no Transformer": (
        "这个模型没有可选的层：它不是 Transformer"
    ),
    "there is no layer {layer}": "没有第 {layer} 层",
    "0 is the embeddings, {count} or -1 the last.": "0 为词嵌入，{count} 或 -1 为最后一层。",
    "of encoder-decoders, only Transformers embed texts": (
        "在编码器—解码器模型中，只有 Transformer 能嵌入文本"
    ),
    "the first position of a model that reads from left to right has read nothing": (
        "从左向右读的模型在第一个位置什么都还没有读到"
    ),
    "Use mean or last.": "请用 mean 或 last。",
    "this model has no pooler": "这个模型没有 pooler",
    "the pooler reads the final states; it has no other layer": (
        "pooler 读取最后的状态；它没有其他层可选"
    ),
    "a word is the mean of its tokens": "一个词的向量是其词元的平均",
    "word vectors know no context: there is only the mean of a line's words": (
        "词向量不了解上下文：只有一行中各词的平均"
    ),
    "cannot read this file": "无法读取这个文件",
    "the ending '{suffix}' is not known": "未知的扩展名 '{suffix}'",
    "there is no folder {folder}": "没有文件夹 {folder}",
    "embedded {lines:,} {lines:line|lines}": "已处理 {lines:,} 行",
    "{cut:,} of {lines:,} lines are longer than {limit} tokens and were cut there": (
        "{lines:,} 行中有 {cut:,} 行超过 {limit} 个词元，已在该处截断"
    ),
    "{empty:,} of {lines:,} lines have nothing to embed and gave the zero vector": (
        "{lines:,} 行中有 {empty:,} 行没有可嵌入的内容，得到零向量"
    ),
    "{lines:,} vectors of {width} numbers in {path}": "{lines:,} 个 {width} 维向量，存于 {path}",
    "this line is not UTF-8": "这一行不是 UTF-8",
    "Convert the file to UTF-8.": "请把文件转换为 UTF-8。",
}
