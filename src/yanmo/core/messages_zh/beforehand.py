"""Chinese messages about what would stop a recipe, told before it begins."""

CHINESE: dict[str, str] = {
    'the model "{model}" does no task of kind {kind}': "模型“{model}”做不了 {kind} 类任务",
    "it has no head that has learned one": "它没有学过这类任务的输出头",
    'Tune one in a section [finetune.NAME], and name it: model = "finetune/NAME".': (
        '请在 [finetune.名称] 一节里微调一个，再写 model = "finetune/名称"。'
    ),
    "its heads write nothing": "它的输出头不会写文字",
    "this model hears and reads no text": "这个模型听声音，不读文字",
    "Name one that has read text, or begin with random weights.": (
        "请换一个读过文字的模型，或从随机权重开始。"
    ),
}
