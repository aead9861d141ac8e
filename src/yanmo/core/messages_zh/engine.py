"""Chinese wording of what the engine says."""

CHINESE = {
    "a token id is negative": "词元编号为负数",
    "the prompt has {length} tokens, and there is room for {limit}": (
        "提示有 {length} 个词元，而最多容纳 {limit} 个"
    ),
    "logit_bias names token {token}, and the vocabulary has {size} entries": (
        "logit_bias 提到词元 {token}，而词表只有 {size} 项"
    ),
    "a {family} model does not continue texts": "{family} 模型不能续写文本",
    "slot_tokens = {wanted}, and the model has {limit} positions": (
        "slot_tokens = {wanted}，而模型只有 {limit} 个位置"
    ),
    "a grammar is about text, and there is no tokenizer": "语法针对的是文本，而这里没有分词器",
    "this tokenizer's tokens cannot be told as bytes, and so no grammar can be kept to": (
        "这个分词器的词元无法写成字节，因此不能按语法约束输出"
    ),
    "the JSON schema cannot be used": "这个 JSON Schema 无法使用",
    "the regular expression cannot be used": "这个正则表达式无法使用",
    "the grammar cannot be used": "这个语法无法使用",
    "a mixture of experts cannot be compiled here; leave is_compiled out": (
        "专家混合模型在这里不能编译，请去掉 is_compiled"
    ),
    "torch was asked for": "设置要求用 torch",
    "kernels in C, weights in {form}": "C 内核，权重为 {form}",
    "kernels in C were asked for and cannot be used": "设置要求用 C 内核，但无法使用",
    "kernels=auto takes torch where they cannot.": "kernels=auto 会在无法使用时改用 torch。",
    "torch, weights in {form} ({why})": "torch，权重为 {form}（{why}）",
    "torch, one slot after another, weights in {form}": "torch，逐槽计算，权重为 {form}",
    "the model is not on the CPU": "模型不在 CPU 上",
    "is_compiled is about torch": "is_compiled 只对 torch 有意义",
    "there are no kernels for weights in {form}": "没有适用于 {form} 权重的内核",
    "is_compiled has no effect on a {family} model": "is_compiled 对 {family} 模型不起作用",
    "draft has no effect on a {family} model, which cannot take tokens back": (
        "draft 对 {family} 模型不起作用：它无法撤回词元"
    ),
    "a {family} model cannot write ahead": "{family} 模型不能用来预写",
    "the draft model has another tokenizer than the model": "草稿模型的分词器与模型不同",
    "Take a smaller model that was trained with the same tokenizer.": (
        "请换一个用同一分词器训练的较小模型。"
    ),
    "the engine has been closed": "引擎已经关闭",
}
