"""The Chinese wording of what `yanmo.corpus.splits` says; some of it stands in `corpus`."""

CHINESE: dict[str, str] = {
    "{name} takes effect only with by = {by!r}": "{name} 只在 by = {by!r} 时起作用",
    "by = {by!r} needs {first} and {second}": "by = {by!r} 时须同时写明 {first} 和 {second}",
    "validation_frac and test_frac together must be less than 1": (
        "validation_frac 与 test_frac 之和须小于 1"
    ),
    "write the day as 2024-01-31": "日期请写成 2024-01-31 的样子",
    "validation_from must be before test_from": "validation_from 必须早于 test_from",
    "a domain cannot be in two splits: {names}": "同一领域不能既作验证又作测试：{names}",
    "Add text, hold out more in corpus.split, or lower max_document_characters so that"
    " long files become more documents.": (
        "请增加文本，或在 corpus.split 中多留出一些，"
        "或调小 max_document_characters，让长文件分成更多文档。"
    ),
}
