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
    "a model would be trained first, on the default corpus, and the recipe does not ask for one": (
        "照此会先用默认语料训练一个模型，而配方并没有这样要求"
    ),
    "{setting} is not set, and there is no section [corpus] or [pretrain]": (
        "没有写 {setting}，也没有 [corpus] 或 [pretrain] 一节"
    ),
    'Write init_from = "scratch" for random weights, or the folder of a model; if one is to be'
    " trained first, add a section [corpus] or [pretrain].": (
        '请写 init_from = "scratch"（随机权重）或模型所在的文件夹；'
        "如果确实要先训练一个模型，请加上 [corpus] 或 [pretrain] 一节。"
    ),
    'Write model = "finetune/NAME", or the folder of a model; if one is to be trained first, add a'
    " section [corpus] or [pretrain].": (
        '请写 model = "finetune/名称" 或模型所在的文件夹；'
        "如果确实要先训练一个模型，请加上 [corpus] 或 [pretrain] 一节。"
    ),
    "no model of the section [model] is trained": "这里不训练 [model] 一节所说的模型",
    "[finetune.{name}.scratch] describes a network of its own": (
        "[finetune.{name}.scratch] 另外描述了一个网络"
    ),
    "Write finetune.{name}.scratch.initial_embedding instead.": (
        "请改写 finetune.{name}.scratch.initial_embedding。"
    ),
    "Take a model of another family: `yanmo ls models` says what each is.": (
        "请换用其他系列的模型：`yanmo ls models` 说明各系列是什么。"
    ),
}
