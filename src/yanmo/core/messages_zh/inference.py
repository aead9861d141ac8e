"""Chinese messages of `inference`: writing text with a model."""

CHINESE: dict[str, str] = {
    "weights = {form} is for models that continue texts": "weights = {form} 只适用于续写文本的模型",
    "a {family} model writes targets": "{family} 模型写的是目标文本",
    "the prompt has no tokens": "提示中没有词元",
    "this model has no head that predicts tokens": "这个模型没有预测词元的输出头",
    "It gives vectors: yanmo embed MODEL FILE": "它能给出向量：yanmo embed MODEL FILE",
    "the model gives scores that are not numbers": "模型给出的分数不是数值",
    "Its weights are damaged, or its training diverged; look at the loss curve.": (
        "模型的权重已损坏，或者训练已经发散；请查看损失曲线。"
    ),
}
