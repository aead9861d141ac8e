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
}
