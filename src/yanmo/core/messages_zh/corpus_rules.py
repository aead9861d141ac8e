"""The Chinese wording of what `yanmo.corpus.rules` says."""

CHINESE: dict[str, str] = {
    "give max_hits or max_frac, or the list has no effect": (
        "请给出 max_hits 或 max_frac，否则该词表不起作用"
    ),
    'the rule {rule} has settings but is off: give it documents = "all" or '
    "name a preset that has it": (
        '规则 {rule} 有设置却没有启用：请写 documents = "all"，或选一个包含它的预设'
    ),
    "the word list cannot be read": "无法读取词表",
    "It must be a text file in UTF-8 with a word or phrase on each line.": (
        "词表须为 UTF-8 文本文件，每行一个词或短语。"
    ),
    "the word list is empty": "词表是空的",
    "every line is blank or begins with #": "每一行都是空行或以 # 开头",
    "Write a word or phrase on each line, or leave the list out.": (
        "请每行写一个词或短语，或去掉该词表。"
    ),
    "least and greatest number of characters": "字符数的下限与上限",
    "words and phrases that must not be frequent": "不得频繁出现的词和短语",
    "navigation, advertising and legal notices, by their phrases": (
        "按惯用语识别导航、广告与法律声明"
    ),
    "lines, paragraphs and runs of words that repeat": "重复的行、段落与词串",
    "length, words, symbols, bullets, ellipses and stop words": (
        "长度、词长、符号、项目符号、省略号与停用词"
    ),
    "symbols, digits, bullets and broken encodings, in any language": (
        "任何语言中的符号、数字、项目符号与乱码"
    ),
    "Chinese prose by its characters, its punctuation and its repetition": (
        "按用字、标点节奏与重复判断中文行文"
    ),
    "drops lines that are no prose, and documents with too few sentences left": (
        "删去不成文的行，并剔除所剩句子过少的文档"
    ),
    "lists, fragments and repeated lines": "清单、残句与重复的行",
}
