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
    "torch": "torch",
    "the engine has been closed": "引擎已经关闭",
}
