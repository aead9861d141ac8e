"""Chinese messages about encoders: their shapes and their folders."""

CHINESE: dict[str, str] = {
    # shapes
    "has_next_sentence needs has_pooler, whose vector it reads": (
        "has_next_sentence 需要 has_pooler，它读的是后者给出的向量"
    ),
    "without has_mlm_head there are no embeddings to leave untied": (
        "没有 has_mlm_head，就没有可以不共享的输出嵌入"
    ),
    # folders
    "this folder has no weights in safetensors form, only {name}": (
        "这个文件夹没有 safetensors 格式的权重，只有 {name}"
    ),
    "a pickle can run any program when it is loaded, so it is never read": (
        "加载 pickle 文件可能执行任意程序，因此从不读取"
    ),
    "If you trust it, load it with transformers and save it again: save_pretrained"
    " writes safetensors.": (
        "如果您信任它，请用 transformers 加载后重新保存：save_pretrained 写出的是 safetensors。"
    ),
}
