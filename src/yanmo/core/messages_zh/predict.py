"""Chinese messages of predicting with a task model: `inference.predict` and `yanmo predict`."""

CHINESE: dict[str, str] = {
    "the model has no head {name}": "模型没有名为 {name} 的输出头",
    "head {name} does {kind}, not {wanted}": "输出头 {name} 的用途是 {kind}，不是 {wanted}",
    "head {name} does not mark entities": "输出头 {name} 不标注实体",
    "its tags are {tags}": "它的标签为 {tags}",
}
