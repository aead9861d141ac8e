"""The Chinese wording of what `yanmo.corpus.decontamination` says; some stands in `corpus`."""

CHINESE: dict[str, str] = {
    "two test sets have the name {name}": "有两个测试集都叫 {name}",
    "{least} must not exceed {most}": "{least} 不能大于 {most}",
    "the test set holds no items": "测试集中没有条目",
    "the test set cannot be read": "测试集无法读取",
    "Items that cannot be read cannot be kept out; get a good copy of the file.": (
        "读不出的条目就无法排除；请换一份完好的文件。"
    ),
    "no record of the test set {name} has a field {field!r}": (
        "测试集 {name} 中没有任何记录含字段 {field!r}"
    ),
    "the fields are {names}": "现有的字段：{names}",
}
