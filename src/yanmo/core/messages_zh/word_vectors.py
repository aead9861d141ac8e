"""Chinese messages of word vectors: `models.word_vectors`, their stage and `yanmo vectors`."""

CHINESE: dict[str, str] = {
    "{name} has no effect in {method}": "{name} 对 {method} 不起作用",
    "min_ngram_chars = {shortest} is more than max_ngram_chars = {longest}": (
        "min_ngram_chars = {shortest} 大于 max_ngram_chars = {longest}"
    ),
    "{count} of {pairs} pairs can be scored": "{pairs} 对中只有 {count} 对可以打分",
    "a rank correlation needs {least} with different scores": (
        "秩相关至少需要 {least} 对，且分数不全相同"
    ),
    "Unknown words: {words}.": "不认识的词：{words}。",
    "Spelled nearly so: {words}.": "写法相近的有：{words}。",
    "the word '{word}' is not among the {count:,} known": "已知的 {count:,} 个词里没有“{word}”",
    "Only fastText makes vectors for words that are not in its text.": (
        "只有 fastText 能给训练文本里没有的词造出向量。"
    ),
    "No part of its spelling is in the text that was learned from.": (
        "它的任何一段写法都没有在训练文本里出现过。"
    ),
    "it must hold the number of words and their width": "这一行应当是词数和向量宽度",
    "line {number:,} is not of the word2vec text form": "第 {number:,} 行不是 word2vec 的文本格式",
    "{found:,} words, and {count:,} are expected": "有 {found:,} 个词，应有 {count:,} 个",
    "the text form cannot hold the word {word!r}, which has a space": (
        "文本格式放不下含空格的词 {word!r}"
    ),
    "the word '{word}' stands twice": "词“{word}”出现了两次",
    "a number is not finite": "有一个数不是有限的",
    "the file is too short for so many numbers": "文件太短，放不下这么多数",
    "{count} numbers are expected": "应有 {count} 个数",
    "this file of word vectors is missing, truncated or damaged": "词向量文件缺失、残缺或损坏",
    "Copy it again, or make it again with: yanmo vectors train RECIPE": (
        "请重新复制，或重新生成：yanmo vectors train RECIPE"
    ),
    "there are no word vectors here": "这里没有词向量",
    "this is no description of word vectors": "这不是词向量的说明文件",
    "Make them with: yanmo vectors train RECIPE": "生成的命令：yanmo vectors train RECIPE",
    "the word vectors ran off to infinity": "词向量发散到了无穷大",
    "there are no words to learn from": "没有可供学习的词",
    "no two words that occur {count} times stand together in the text": (
        "文本里没有两个出现满 {count} 次的词相邻"
    ),
    "Lower word_vectors.learning_rate, which is {value}.": (
        "请调低 word_vectors.learning_rate，现在是 {value}。"
    ),
    "{word!r} cannot be stored as a word": "{word!r} 不能作为词保存",
    "the commonest word occurs {count} times": "最常见的词出现 {count} 次",
    "Give more text, or lower word_vectors.min_count.": (
        "请给更多文本，或调低 word_vectors.min_count。"
    ),
    "{count} of {tokens:,} tokens are words that have a vector": (
        "{tokens:,} 个词元中只有 {count} 个是有向量的词"
    ),
    "Learn the word vectors from the corpus that the tokenizer learned from.": (
        "请用训练分词器的同一份语料学习词向量。"
    ),
    "the recipe has no section [word_vectors]": "配方里没有 [word_vectors] 一节",
    "Add it, or give word_vectors.method=skipgram behind the recipe.": (
        "请加上这一节，或在配方之后写 word_vectors.method=skipgram。"
    ),
    "word vectors: {words:,} words x {d_model} from {text_words:,} words of text, "
    "{covered:.1%} of which are among them": (
        "词向量：{words:,} 个词 x {d_model}，学自 {text_words:,} 词的文本，"
        "其中 {covered:.1%} 在词表之内"
    ),
    "word vectors: {frac:.0%} trained": "词向量：已训练 {frac:.0%}",
    "line {number:,} is no pair with a score": "第 {number:,} 行不是带分数的一对",
    "word vectors: reading text, {count:.1f} million characters": (
        "词向量：正在读取文本，{count:.1f} 百万字符"
    ),
    "A line holds two words or texts and a number, between commas or tabs.": (
        "每行是两个词（或两段文本）和一个数，以逗号或制表符分隔。"
    ),
    "Learn word vectors from the corpus of a recipe.": "从配方的语料学习词向量。",
    "Spearman {value:.4f} over {scored:,} of {pairs:,} pairs; {missing:,} have a side"
    " without a known word": (
        "斯皮尔曼相关 {value:.4f}，{pairs:,} 对中算了 {scored:,} 对；"
        "{missing:,} 对有一边没有已知的词"
    ),
    "wrote {count:,} words to {path}": "已写入 {count:,} 个词：{path}",
    "Word vectors: word2vec and fastText, learned from a corpus.": (
        "词向量：从语料学习 word2vec 与 fastText。"
    ),
    "{count} words have no vector: {words}": "{count} 个词没有向量：{words}",
    "The vectors of n-grams are not in it: the text form has no place for them.": (
        "其中没有 n 元字串的向量：文本格式放不下它们。"
    ),
    "this file or folder exists already": "这个文件或文件夹已经存在",
    "'{word}' is composed of the n-grams of its spelling": "“{word}”由其写法的 n 元字串合成",
    "A folder of word vectors, or a run that has them.": "词向量文件夹，或含有词向量的运行。",
    "How many words to print.": "列出多少个词。",
    "The words whose vectors are nearest to that of a word.": "向量与某个词最接近的词。",
    "How alike the vectors of two words are, from -1 to 1.": ("两个词的向量有多相似，从 -1 到 1。"),
    "What is to C as B is to A.": "A 之于 B，如 C 之于什么。",
    "Rank correlation with human scores of pairs of words or texts.": (
        "与人对词对或文本对打分的秩相关。"
    ),
    "Write vectors in the text form of word2vec.": "把向量写成 word2vec 的文本格式。",
    "Make a folder from the text form of word2vec.": "从 word2vec 的文本格式生成文件夹。",
    "Give another path, or remove it first.": "请换一个路径，或先将其删除。",
    "The word to look around.": "要查看其周围的词。",
    "A word.": "一个词。",
    "Another word.": "另一个词。",
    "A word, such as man.": "一个词，如“男人”。",
    "What belongs to it, such as king.": "与之对应的词，如“国王”。",
    "Another word, such as woman.": "另一个词，如“女人”。",
    "Two words or texts and a score on each line: CSV or TSV.": (
        "每行两个词（或两段文本）和一个分数：CSV 或 TSV。"
    ),
    "Where to, such as words.vec.": "写到哪里，如 words.vec。",
    "Vectors as text: .vec or .txt of word2vec.": "文本格式的向量：word2vec 的 .vec 或 .txt。",
    "The folder to make.": "要生成的文件夹。",
}
