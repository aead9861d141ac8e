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
}
