"""The Chinese wording of what is said about chat templates and learning from conversations."""

CHINESE: dict[str, str] = {
    "the chat template is broken": "对话模板有误",
    "the chat template refuses this conversation": "对话模板不接受这段对话",
    "the chat template cannot be read": "无法读取对话模板",
    "a turn holds a code point that Unicode keeps out of all text": (
        "某一轮中含有 Unicode 规定不得出现在文本中的码位"
    ),
    "turn {number}": "第 {number} 轮",
    "it cannot be told where the answers stand in the text of this chat template": (
        "无法判断该对话模板生成的文本中哪些是回答"
    ),
    "Mark them in the template: {marks}.": "请在模板中标出回答：{marks}。",
    "this tokenizer is for translation and has no conversations": "该分词器用于翻译，不支持对话",
    "there is no chat template here": "这里没有对话模板",
    "the model was not made for conversations": "该模型不是为对话而训练的",
    "Put a {file} there: turns as the model is to read them, in Jinja.": (
        "请在该文件夹中放入 {file}，用 Jinja 写明模型应如何读取各轮对话。"
    ),
}
