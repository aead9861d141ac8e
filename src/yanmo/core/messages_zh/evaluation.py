"""Chinese messages of `evaluation` and of the n-gram model."""

CHINESE: dict[str, str] = {
    "token id {token} is outside the vocabulary of {vocab_size}": (
        "词元编号 {token} 超出了大小为 {vocab_size} 的词表"
    ),
    "The tokens were made with another tokenizer; tokenize the corpus again.": (
        "这些词元出自另一个分词器；请重新对语料分词。"
    ),
    "there is no document to count n-grams in": "没有可供统计 n 元组的文档",
    "there is no text to evaluate on in the {split} split": "{split} 部分没有可供评测的文本",
    "the model {name} gives log-probabilities that are not finite": (
        "模型 {name} 给出的对数概率不是有限值"
    ),
    "Its training has probably diverged; look at the loss curve, lower the learning rate.": (
        "训练很可能已经发散；请查看损失曲线，并降低学习率。"
    ),
    "model": "模型",
    "loss": "损失",
    "perplexity": "困惑度",
    "bits per byte": "每字节比特",
    "95% interval": "95% 区间",
    "top 1": "首选命中",
    "next sentence": "下一句判断",
    "top 5": "前五命中",
    "validation": "验证",
    "test": "测试",
    "no certain difference between {model} and {baseline}": "{model} 与 {baseline} 没有确定的差别",
    "{model} is better than {baseline}": "{model} 优于 {baseline}",
    "{model} is worse than {baseline}": "{model} 不如 {baseline}",
    "{value:+.4f} bits per byte, 95% interval {interval}": (
        "每字节 {value:+.4f} 比特，95% 区间 {interval}"
    ),
    "{verdict}: {figures}": "{verdict}：{figures}",
}
