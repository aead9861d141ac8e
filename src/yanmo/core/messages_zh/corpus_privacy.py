"""The Chinese wording of what `yanmo.corpus.privacy` says."""

CHINESE: dict[str, str] = {
    "placeholder must hold {field} once": "placeholder 中须恰好出现一次 {field}",
    "placeholder must not look like a special token of a model": (
        "placeholder 不能写成模型特殊词元的样子"
    ),
    "placeholder must hold no digit and no @": "placeholder 中不能有数字或 @",
}
