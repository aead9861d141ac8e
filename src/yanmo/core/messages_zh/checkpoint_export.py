"""Chinese messages of `checkpoint.export` and of the command `export`."""

CHINESE: dict[str, str] = {
    # where an export goes
    "the package {name} cannot be loaded": "无法加载软件包 {name}",
    "Install it: {command}": "请安装：{command}",
    "an export cannot stand in the folder of its own model": "导出结果不能放在模型自己的文件夹里",
    "there is a folder of this name": "已有同名的文件夹",
    "there is a file of this name that yanmo did not export": (
        "已有同名的文件，而它不是由 yanmo 导出的"
    ),
    "something stands here that is no model folder": "这里已有内容，而且不是模型文件夹",
    "there is a model folder of this name": "已有同名的模型文件夹",
    "Choose another place with --out.": "请用 --out 换一个位置。",
    "Choose another place with --out, or replace it with --force.": (
        "请用 --out 换一个位置，或用 --force 替换它。"
    ),
    "the disk is full": "磁盘已满",
    "the export could not be written": "导出结果未能写入",
    "Make room, or choose another place with --out.": "请腾出空间，或用 --out 换一个位置。",
    # what can be exported
    "the family {family} has no place in this format": "{family} 系列的模型无法存成这种格式",
    "Families that can be exported: {names}.": "可以导出的模型系列：{names}。",
    "llama.cpp has no {what} in this architecture": "llama.cpp 的这种架构里没有 {what}",
    # tokenizers in GGUF
    "this tokenizer cannot be exported": "这个分词器无法导出",
    "the tokenizer has {tokens} entries, the embedding {rows} rows": (
        "分词器有 {tokens} 个条目，嵌入矩阵只有 {rows} 行"
    ),
    "this model folder has no tokenizer": "这个模型文件夹里没有分词器",
    "Copy tokenizer.json and tokenizer_config.json into the folder.": (
        "请把 tokenizer.json 和 tokenizer_config.json 复制到这个文件夹。"
    ),
    "llama.cpp knows no tokenizer that splits text like this one": (
        "llama.cpp 没有与这个分词器切分方式相同的分词器"
    ),
    "Tokenizers that yanmo trained can be exported.": "由 yanmo 训练的分词器可以导出。",
    # what was written, and how it is used
    "{done} of {total} tensors written": "已写入 {done}/{total} 个张量",
    "{count} tensors stay in f16: q8_0 needs rows of a multiple of {block} numbers, and"
    " those of {name} have {width}": (
        "有 {count} 个张量保留为 f16：q8_0 要求每行的长度是 {block} 的倍数，而 {name} 每行有"
        " {width} 个数"
    ),
    "tracing the model": "正在追踪模型的计算图",
    "writing {path}": "正在写入 {path}",
    "llama.cpp: llama-server -m {path}; Ollama: a Modelfile with FROM {path}": (
        "llama.cpp：llama-server -m {path}；Ollama：在 Modelfile 里写 FROM {path}"
    ),
    "onnxruntime: InferenceSession('{path}')": "onnxruntime：InferenceSession('{path}')",
    "transformers: {name}.from_pretrained('{path}')": (
        "transformers：{name}.from_pretrained('{path}')"
    ),
    "yanmo: load_model('{path}')": "yanmo：load_model('{path}')",
    # the command
    "Write a model in the files of other engines.": "把模型写成其他引擎使用的文件。",
    "gguf (llama.cpp, Ollama), onnx (onnxruntime) or hf (transformers).": (
        "gguf（llama.cpp、Ollama）、onnx（onnxruntime）或 hf（transformers）。"
    ),
    "gguf: f16, f32 or q8_0; hf: float32, bfloat16 or float16; onnx: float32.": (
        "gguf：f16、f32 或 q8_0；hf：float32、bfloat16 或 float16；onnx：float32。"
    ),
    "Where it goes; beside the model unless told.": "写到哪里；默认在模型旁边。",
    "hf: largest file of weights, such as 2GB; one file unless told.": (
        "hf：单个权重文件的最大体积，例如 2GB；默认只写一个文件。"
    ),
    "Replace what stands there already.": "替换那里已有的内容。",
    "there is no format '{name}'": "没有“{name}”这种格式",
    "{path}: {size:,} bytes": "{path}：{size:,} 字节",
    "{format} has no dtype '{name}'": "{format} 没有“{name}”这种精度",
    "only hf is written in several files, not {format}": "只有 hf 可以分成多个文件，{format} 不行",
    "'{size}' is no size": "“{size}”不是体积",
    "Write it like 500MB or 2GB.": "请写成 500MB 或 2GB 这样的形式。",
}
