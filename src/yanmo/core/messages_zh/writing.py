"""Chinese messages of `inference`: writing in batches and scoring continuations."""

CHINESE: dict[str, str] = {
    "there is no text whose probability is asked for": "没有要计算概率的文本",
    "a {family} model does not go on from a text": "{family} 模型不能接着文本续写",
    "Continuations are scored by causal models: qwen3, gpt2, llama, lstm ...": (
        "续写的概率由因果模型计算：qwen3、gpt2、llama、lstm 等"
    ),
    "a continuation has {count} tokens, and the model {size} positions": (
        "续写部分有 {count} 个词元，而模型只有 {size} 个位置"
    ),
    "a term or its translation is empty": "术语或其译文为空",
    "the term '{term}' has two translations": "术语 '{term}' 有两个译文",
    "there is no such file": "没有这个文件",
    "the file is not UTF-8": "文件不是 UTF-8 编码",
    "a term needs two columns, source and target; here are {count}": (
        "术语需要两列，即原文和译文；此处有 {count} 列"
    ),
    "a {family} model reads no source": "{family} 模型不读取原文",
    "A glossary needs a model that translates: marian, t5, lstm_seq2seq ...": (
        "术语表需要会翻译的模型：marian、t5、lstm_seq2seq 等"
    ),
}
