"""The Chinese wording of what `yanmo.corpus.mixture` says."""

CHINESE: dict[str, str] = {
    "give either weights or temperature, not both": "weights 与 temperature 只能给出其一",
    "at least one weight must be greater than 0": "至少有一个权重须大于 0",
    "rest_weight takes effect only with weights": "rest_weight 只在给出 weights 时起作用",
    "the corpus has no {by} named {name!r}": "语料中没有名为 {name!r} 的组（按 {by} 分组）",
    "it has {names}": "现有的是 {names}",
}
