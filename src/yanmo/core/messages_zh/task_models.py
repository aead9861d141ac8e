"""Chinese messages about task models: heads on backbones."""

CHINESE: dict[str, str] = {
    "head {name} needs two labels or more, each once": (
        "输出头 {name} 至少需要两个标签，且不得重复"
    ),
    "it has: {labels}": "它的标签是：{labels}",
    "head {name} of kind {kind} takes no labels": "{kind} 类型的输出头 {name} 不带标签",
    'pooling = "{pooling}" has no effect in head {name}': (
        'pooling = "{pooling}" 对输出头 {name} 不起作用'
    ),
    "it scores every token by itself": "它为每个词元单独打分",
    "head {name} of kind {kind} has no chain of tags": "{kind} 类型的输出头 {name} 没有标注链",
    "Leave has_crf out.": "请去掉 has_crf。",
    "no head can stand on a model of kind {kind}": "{kind} 模型上不能接输出头",
    "two heads have the same name: {names}": "有两个输出头同名：{names}",
    "a convolutional classifier cannot carry a head of kind {kind}": (
        "卷积分类器不能接 {kind} 类型的输出头"
    ),
    "it keeps what is greatest in the whole text and forgets where it stood": (
        "它只保留全文中的最大值，不记得其位置"
    ),
    "Use it for classification or regression, or choose another model.": (
        "请把它用于分类或回归，或选择其他模型。"
    ),
    # folders
    "this folder holds a model without a head for a task": "这个文件夹里的模型没有输出头",
    "config.json names {name}": "config.json 写的是 {name}",
    "Give the folder of a fine-tuned model, such as runs/NAME/finetune/TASK/model.": (
        "请给出微调后模型的文件夹，例如 runs/NAME/finetune/TASK/model。"
    ),
    "its heads do not fit config.json": "其中的输出头与 config.json 不符",
    "version {version} is not known": "版本 {version} 未知",
    "this folder describes no head that can be built": "这个文件夹描述的输出头无法构建",
    # pooling
    'a {kind} model cannot be pooled by "{pooling}"': "{kind} 模型不能用 “{pooling}” 汇聚",
    "Use one of: {names}.": "请使用以下之一：{names}。",
}
