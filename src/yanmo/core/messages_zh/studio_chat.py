"""Chinese messages of the studio's pages Chat and Explain."""

CHINESE: dict[str, str] = {
    "the model is writing; stop it first": "模型正在生成，请先停止",
    "give one of text, ids and turns": "text、ids、turns 三者须且只须给出一个",
    "a continuation that is begun already cannot be held to a JSON schema": (
        "已有开头的续写无法再用 JSON Schema 约束"
    ),
    "this model has no chat template": "该模型没有对话模板",
    "Let it go on with a text instead.": "请改用文本续写。",
    "there is no token {id} in this tokenizer": "该分词器中没有词元 {id}",
    "the model could not be opened": "模型无法打开",
    "the text has {length} tokens, and at most {limit} are explained at once": (
        "文本有 {length} 个词元，一次最多解释 {limit} 个"
    ),
    "this model has no such attention head": "该模型没有这个注意力头",
    "there is not enough memory for this model": "内存不足，无法打开该模型",
}
