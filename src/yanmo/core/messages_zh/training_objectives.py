"""Chinese messages of `training.objectives`: what a model can learn, and what of the data it
cannot."""

CHINESE: dict[str, str] = {
    # the recipe
    "random_prob = {random} and unchanged_prob = {unchanged} are more than 1 together": (
        "random_prob = {random} 与 unchanged_prob = {unchanged} 之和大于 1"
    ),
    'pretrain.{section} has no effect: the objective is "{objective}"': (
        "pretrain.{section} 不起作用：训练目标是 “{objective}”"
    ),
    'pretrain.objective = "{objective}" cannot be learned by model.family = "{family}";'
    " it can learn {learnable}": (
        "model.family = “{family}” 不能学习 pretrain.objective = “{objective}”；"
        "它能学习 {learnable}"
    ),
    "pretrain.masked.has_next_sentence needs a model that tells segments apart;"
    ' model.family = "{family}" does not': (
        "pretrain.masked.has_next_sentence 需要能区分片段的模型；model.family = “{family}” 不能"
    ),
    'pretrain.row_order = "contiguous" goes with the objective "causal", not "{objective}"': (
        "pretrain.row_order = “contiguous” 只能与训练目标 “causal” 同用，不能与 “{objective}” 同用"
    ),
    "span corruption needs {needed} sentinels for model.max_seq_len = {length}, and there are"
    " {found}; set tokenizer.num_sentinels = {enough}": (
        "model.max_seq_len = {length} 时，片段破坏需要 {needed} 个哨兵词元，现有 {found} 个；"
        "请设置 tokenizer.num_sentinels = {enough}"
    ),
    "Train the tokenizer again, with sentinels.": "请重新训练带哨兵词元的分词器。",
    # the data
    "next-sentence prediction needs two documents; there is one in {split}": (
        "下一句预测需要两篇文档；{split} 中只有一篇"
    ),
    "Give the corpus more documents, or set pretrain.masked.has_next_sentence = false.": (
        "请给语料库更多文档，或设置 pretrain.masked.has_next_sentence = false。"
    ),
    "{split}: {count:,} of {documents:,} documents are no pairs and are left out": (
        "{split}：{documents:,} 篇文档中有 {count:,} 篇不是句对，已略去"
    ),
    "{split}: {sources:,} sources and {targets:,} targets are too long and are cut": (
        "{split}：{sources:,} 个源文本和 {targets:,} 个目标文本过长，已截断"
    ),
    "the validation split has nothing to be predicted": "验证集中没有可预测的内容",
    "Give the corpus more text, or a larger part of it to validation.": (
        "请给语料库更多文本，或把更大一部分留作验证。"
    ),
    # regression
    "the squared error is no loss for a language model": "平方误差不是语言模型的损失",
    "it predicts which token comes, not a number: its loss is the cross-entropy": (
        "它预测的是下一个词元而不是数值：它的损失是交叉熵"
    ),
    "Give the model a regression head, or train it with another objective.": (
        "请给模型加上回归头，或换用别的训练目标。"
    ),
}
