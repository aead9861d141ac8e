"""Chinese messages of rows made from texts."""

CHINESE: dict[str, str] = {
    "max_tokens = {limit} is more than the {model} tokens that the model reads": (
        "max_tokens = {limit} 超过了模型能读的 {model} 个词元"
    ),
    "Set it to {model} or less, or leave it out.": "请设为 {model} 或更小的值，或去掉这一项。",
    "rows of {limit} tokens have no room for two texts beside {special} special tokens": (
        "每行 {limit} 个词元，除去 {special} 个特殊词元后放不下两段文本"
    ),
    "windows of {room} tokens cannot have {overlap} tokens in common": (
        "长度为 {room} 个词元的窗口不能重叠 {overlap} 个词元"
    ),
    "Set overlap_tokens below {room}.": "请把 overlap_tokens 设为小于 {room} 的值。",
    (
        "{cut:,} of {texts:,} texts are longer than a row: {tokens:,} of {all_tokens:,} tokens"
        " ({percent:.1f}%) are not read"
    ): (
        "{texts:,} 段文本中有 {cut:,} 段超过一行的长度：{all_tokens:,} 个词元中有 {tokens:,} 个"
        "（{percent:.1f}%）没有被读取"
    ),
    "{cut:,} of {words:,} words are cut off and carry no tag": (
        "{words:,} 个词中有 {cut:,} 个被截掉，没有标签"
    ),
    "{empty:,} of {words:,} words give no token and carry no tag": (
        "{words:,} 个词中有 {empty:,} 个不产生词元，没有标签"
    ),
}
