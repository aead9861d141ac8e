"""Chinese messages of `checkpoint`: model folders, files of weights, training states."""

CHINESE: dict[str, str] = {
    # model folders
    "the model could not be saved": "模型未能保存",
    "unknown weight {name}": "权重 {name} 无法识别",
    "it is no part of family {family}": "{family} 系列的模型里没有它",
    "unknown model_type {name}": "model_type {name} 无法识别",
    "Known families: {names}.": "可用的模型系列：{names}。",
    "the key {name} is missing": "缺少键 {name}",
    "this file describes no model that can be built": "按这个文件的描述无法构造模型",
    "this model has a feature that is not supported": "这个模型用到了尚不支持的特性",
    "this is no model folder: it has no {name}": "这不是模型文件夹：其中没有 {name}",
    "Give the folder that holds config.json, such as runs/NAME/pretrain/model.": (
        "请给出 config.json 所在的文件夹，例如 runs/NAME/pretrain/model。"
    ),
    "There is no such folder on this machine, and no model is downloaded.": (
        "这台机器上没有这个文件夹；模型不会自动下载。"
    ),
    "cannot read this file as JSON": "无法按 JSON 读取这个文件",
    "expected a JSON object": "这里应当是一个 JSON 对象",
    "the index names a file outside its folder: {name}": "索引指向了文件夹之外的文件：{name}",
    "the weights do not fit config.json": "权重与 config.json 不符",
    "config.json describes {expected} parameters, the files hold {found}": (
        "config.json 描述了 {expected} 个参数，文件中有 {found} 个"
    ),
    "missing: {missing}; not expected: {unknown}": "缺少：{missing}；多余：{unknown}",
    "it ties the output projection to the embedding, and the two differ": (
        "它规定输出投影与嵌入共享权重，但文件中两者不同"
    ),
    "Set tie_word_embeddings to false to keep the output projection that is stored, or leave it"
    " out of the weights.": (
        "要保留文件中的输出投影，请把 tie_word_embeddings 设为 false；否则请从权重中去掉它。"
    ),
    # files of weights
    "this file of weights is missing": "缺少这个权重文件",
    "Copy it into the folder, or copy the whole folder again.": (
        "请把它复制到这个文件夹中，或重新复制整个文件夹。"
    ),
    "this file of weights is truncated or damaged": "这个权重文件不完整或已损坏",
    "more than {limit} tensors in one file": "一个文件中的张量超过 {limit} 个",
    "Copy it again, or go back to an earlier checkpoint.": "请重新复制，或退回到更早的检查点。",
    # training states
    "every checkpoint here is damaged": "这里的检查点全部损坏",
    "Delete the folder to start this stage again.": "删除这个文件夹，即可重新开始这一阶段。",
    "this file is missing or truncated": "这个文件缺失或不完整",
    "the checksum of this file is wrong": "这个文件的校验和不对",
    "this file cannot be read": "无法读取这个文件",
    "the manifest of this checkpoint cannot be read": "无法读取这个检查点的清单",
    "the checksum of this checkpoint is wrong": "这个检查点的校验和不对",
    "this checkpoint was written by another version of yanmo": (
        "这个检查点是另一版本的 yanmo 写的"
    ),
    "an old checkpoint could not be removed": "有一个旧检查点未能删除",
    "the disk is full; this checkpoint was not saved": "磁盘已满；这个检查点没有保存",
    "this checkpoint could not be saved": "这个检查点未能保存",
    "The last good checkpoint is {path}.": "最近一个完好的检查点是 {path}。",
    "There is no earlier checkpoint.": "此前没有检查点。",
    "Make room and run the same command again to go on from there.": (
        "请腾出空间，再次运行同一条命令，即可从那里继续。"
    ),
}
