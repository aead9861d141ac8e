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
    "{count} of {total} conversations are longer than {limit} tokens: {turns}"
    " {turns:turn|turns} at their beginnings left out": (
        "{total} 段对话中有 {count} 段超过 {limit} 个词元：略去其开头共 {turns} 轮"
    ),
    "{count} of {total} conversations are longer than {limit} tokens: {tokens}"
    " {tokens:token|tokens} at the ends of their answers cut": (
        "{total} 段对话中有 {count} 段超过 {limit} 个词元：截去其回答末尾共 {tokens} 个词元"
    ),
    "{count} of {total} conversations left out: their last question and answer do"
    " not fit in {limit} tokens": (
        "{total} 段对话中略去 {count} 段：其最后一问一答超过 {limit} 个词元"
    ),
    "no conversation fits in {limit} tokens": "没有一段对话能容纳在 {limit} 个词元之内",
    'Allow longer rows, or cut answers with too_long = "end".': (
        '请允许更长的行，或用 too_long = "end" 截断回答。'
    ),
    "{count} tokens, {learned} of them learned ({share:.0%})": (
        "共 {count} 个词元，其中学习 {learned} 个（{share:.0%}）"
    ),
    "{count} {count:turn|turns} at the beginning left out": "略去开头 {count} 轮",
    "{count} {count:token|tokens} at the end cut": "截去末尾 {count} 个词元",
    "learned": "学习",
    "only read": "只读",
    "cut off": "截去",
    "the log-probabilities of the model that training begins with do not fit": (
        "训练起点模型的对数概率与数据不符"
    ),
    "{count} pairs of finite numbers are needed, and they are of shape {shape}": (
        "需要 {count} 对有限的数，而其形状为 {shape}"
    ),
    "no pair of answers fits in {limit} tokens": "没有一对回答能容纳在 {limit} 个词元之内",
    "the chat template leaves out what the assistant says": "对话模板略去了助手的话",
}
