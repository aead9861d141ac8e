"""Chinese messages of `yanmo extract`."""

CHINESE: dict[str, str] = {
    "a schema is a .toml or a .json file": "抽取模式是 .toml 或 .json 文件",
    "a schema is a table with the key fields": "抽取模式是带有键 fields 的表",
    "a field is found by exactly one of {names}; given: {given}": (
        "每个字段恰好用 {names} 之一来找；给出的是：{given}"
    ),
    "a text has one class: a list of them has no effect": "一段文本只有一个类别：列表不起作用",
    "Rename it.": "请改名。",
    "the schema cannot be read": "无法读取抽取模式",
    "{name} has no effect on a field that is found by {source}": (
        "{name} 对用 {source} 来找的字段不起作用"
    ),
    "this is no regular expression: {why}": "这不是正则表达式：{why}",
    "nothing matches the pattern": "没有与正则表达式相符的文字",
    "'{text}' is no number": "“{text}”不是一个数",
    "'{text}' is no date": "“{text}”不是日期",
    "there is no entity of type {type}": "没有类型为 {type} 的实体",
    "the text does not answer the question": "文本没有回答这个问题",
    "there is no head '{name}' of kind {kind}": "没有种类为 {kind} 的输出头“{name}”",
    "several heads could find this field: {names}": "有几个输出头都能找这个字段：{names}",
    "the model has no head of kind {kind}": "模型没有种类为 {kind} 的输出头",
    "the text is empty": "文本为空",
    "read {done:,} of {rows:,}": "已读 {done:,} / {rows:,}",
    "the model has {heads}": "模型有 {heads}",
    "no head marks entities of type '{type}'": "没有哪个输出头标注“{type}”类型的实体",
    "Name one with head.": "请用 head 指定一个。",
    "Name another model for the field: model.": "请用 model 为该字段指定另一个模型。",
    "every find is below min_score = {score}": "找到的都低于 min_score = {score}",
    "this model has no head": "这个模型没有输出头",
    "there are: {names}": "有：{names}",
    "A .toml or .json file that says which fields there are, and how each is found.": (
        "说明有哪些字段、各怎样来找的 .toml 或 .json 文件。"
    ),
    "Name of the column that holds the fields.": "存放字段的列名。",
    "Extract the fields of a schema from every row of a file.": (
        "按抽取模式从文件的每一行中抽取字段。"
    ),
}
