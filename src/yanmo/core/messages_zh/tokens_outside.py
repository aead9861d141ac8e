"""Chinese messages of `tokens`: tokenizers that other software made."""

CHINESE: dict[str, str] = {
    "this tokenizer cannot encode a text": "这个分词器无法编码一段文字",
    "Its files are damaged, or it lacks a token for unknown characters.": (
        "它的文件已损坏，或者它没有表示未知字符的词元。"
    ),
    "the tokenizer gives id {id}, and the model has {size} entries": (
        "分词器给出编号 {id}，而模型只有 {size} 个词条"
    ),
    "The tokenizer in this folder is not the one that the model was trained with.": (
        "这个文件夹中的分词器不是训练该模型时所用的分词器。"
    ),
    "this is no SentencePiece model that can be read": "这不是可以读取的 SentencePiece 模型",
    "Convert it to tokenizer.json on a machine with transformers:"
    " AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER).": (
        "请在装有 transformers 的机器上把它转换为 tokenizer.json："
        "AutoTokenizer.from_pretrained(文件夹).save_pretrained(文件夹)。"
    ),
    "a SentencePiece model of type {type} is not read here": (
        "这里不读取类型为 {type} 的 SentencePiece 模型"
    ),
    "a SentencePiece model of family '{name}' is not read here": (
        "这里不读取 '{name}' 系列的 SentencePiece 模型"
    ),
    "no tokenizer.json, spiece.model, tokenizer.model, source.spm, vocab.txt,"
    " or vocab.json with merges.txt": (
        "没有 tokenizer.json、spiece.model、tokenizer.model、source.spm、vocab.txt，"
        "也没有 vocab.json 和 merges.txt"
    ),
    "the vocabulary has no token for unknown words, {token}": "词表中没有表示未知词的词元 {token}",
    "the file is damaged, or of another tokenizer": "文件已损坏，或属于另一个分词器",
    "this byte-pair vocabulary is not byte-level": "这个字节对词表不是字节级的",
    "the added token {token} should have id {id}, and {found} is the next one": (
        "附加词元 {token} 的编号应为 {id}，而下一个编号是 {found}"
    ),
    "line {number}: no pair of two entries": "第 {number} 行：不是两个词条组成的一对",
    "Restore the file from where the folder came from.": "请从该文件夹的来源处恢复这个文件。",
    "a translation model with a vocabulary for each side is not read here": (
        "这里不读取两侧各有一个词表的翻译模型"
    ),
    "Restore the file, or train the tokenizer again if it is your own.": (
        "请恢复该文件；如果分词器是您自己的，也可以重新训练。"
    ),
}
