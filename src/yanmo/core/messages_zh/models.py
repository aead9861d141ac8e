"""Chinese messages of `models`: how a model's shape follows from a recipe."""

CHINESE: dict[str, str] = {
    "vocab_size = {size}: the tokenizer's {entries} entries, to a multiple of 64": (
        "vocab_size = {size}：分词器有 {entries} 个条目，补足为 64 的倍数"
    ),
    "the model's dimensions do not fit each other": "模型的各个尺寸互相不符",
    "preset {preset}": "预设 {preset}",
    "64 for each layer": "每层 64",
    "8/3 of d_model, to a multiple of 64": "d_model 的 8/3，补足为 64 的倍数",
    "4 times d_model": "d_model 的 4 倍",
    "head_dim, which is d_model / num_heads = {d_model} / {heads}, is less than one": (
        "head_dim 即 d_model / num_heads = {d_model} / {heads}，小于 1"
    ),
    "num_heads = {heads} is not a multiple of num_kv_heads = {kv_heads}": (
        "num_heads = {heads} 不是 num_kv_heads = {kv_heads} 的倍数"
    ),
    "rotary positions need an even head_dim and a rope_theta; head_dim = {width}": (
        "旋转位置要求 head_dim 为偶数并设有 rope_theta；现在 head_dim = {width}"
    ),
    "sinusoidal positions need an even d_model, not {width}": (
        "正弦位置要求 d_model 为偶数，而不是 {width}"
    ),
    "a prediction sees context_tokens = {context}, more than a row of"
    " max_seq_len = {length} holds": (
        "每次预测看到 context_tokens = {context} 个词元，超过一行 max_seq_len = {length} 所能容纳的"
    ),
    "Change one of them, or leave it out: what is unset is derived from model.depth.": (
        "请改动其中之一，或将其省略：未设的数会由 model.depth 推出。"
    ),
    'model.preset = "{preset}" and model.depth = {depth} both say how deep the model is; '
    "set one of them to none": (
        'model.preset = "{preset}" 与 model.depth = {depth} 都规定了层数；请把其中之一设为 none'
    ),
}
