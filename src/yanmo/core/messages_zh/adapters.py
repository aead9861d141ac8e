"""Chinese messages about adapters: low-rank matrices and prompts beside a frozen model."""

CHINESE: dict[str, str] = {
    "this model has no matrix {target} to put an adapter beside": (
        "这个模型没有可以添加适配器的矩阵 {target}"
    ),
    "It has: {names}.": "它有：{names}。",
    # folders
    "the adapter of {name} has no place in Hugging Face's form": (
        "{name} 的适配器在 Hugging Face 的格式里没有位置"
    ),
    "Merge the adapters into the model and store that.": "请把适配器并入模型，保存合并后的模型。",
    "an adapter of kind {kind} is not known": "未知的适配器类型 {kind}",
    "Known kinds: {names}.": "已知类型：{names}。",
    "this adapter has a feature that is not supported": "这个适配器用了不支持的功能",
    "it holds no adapter": "其中没有适配器",
    "this file describes no adapter that can be built": "这个文件描述的适配器无法构建",
    "the model has no layer {name}": "模型没有 {name} 这一层",
    "it replaces {name}, which is not adapted here": "它替换了 {name}，而这里不支持替换它",
    "the adapter does not fit the model": "适配器与模型不符",
}
