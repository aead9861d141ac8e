"""The Chinese wording of what tasks say of questions, translations, summaries and conversations."""

CHINESE: dict[str, str] = {
    'It does with offsets = "{offsets}".': '改用 offsets = "{offsets}" 即相符。',
    "{file}: {count} {count:question|questions} without words left out": (
        "{file}：略去 {count} 个没有文字的问题"
    ),
    "the file is not in the form of SQuAD": "该文件不是 SQuAD 格式",
    "it has no key named data": "其中没有名为 data 的键",
    "the passage is empty": "段落为空",
    "the question is empty": "问题为空",
    "question {id} is impossible and has an answer": "问题 {id} 标为无答案，却有答案",
    "question {id} is not impossible and has no answer": "问题 {id} 标为有答案，却没有答案",
    "question {id} has an answer without words": "问题 {id} 的一个答案没有文字",
    "It begins at character {place}.": "它从第 {place} 个字符开始（从 0 数起）。",
    "the id {id} stands twice": "标识 {id} 出现了两次",
    "question {id}: the answer {answer!r} does not stand in its passage": (
        "问题 {id}：答案 {answer!r} 不在其段落中"
    ),
    "the sides differ: {source} has {num_sources} lines, {target} has {num_targets}": (
        "两边行数不等：{source} 有 {num_sources} 行，{target} 有 {num_targets} 行"
    ),
    "From some line on, the pairs do not belong together. Use the original files.": (
        "从某一行起，句对已错位。请使用原始文件。"
    ),
    "{file}: {count} {count:pair|pairs} with an empty side left out": (
        "{file}：略去 {count} 个有一边为空的句对"
    ),
    "own files of a translation need target_language": (
        "用自己的文件做翻译时，须写明 target_language"
    ),
    "{dataset} is not in the language {language}": "{dataset} 没有语言 {language}",
    "{split} and {target} need as many files": "{split} 与 {target} 的文件数须相等",
    "the line is no dictionary in the notation of Python": "该行不是 Python 写法的字典",
    "prompt_column and response_column belong together": (
        "prompt_column 与 response_column 须一起设置"
    ),
    "{file} is in the form {form}": "{file} 的格式为 {form}",
    "the row is in the form {form}, those before in the form {first}": (
        "该行的格式为 {form}，前面各行的格式为 {first}"
    ),
    "Forms that are read: {forms}. Else set prompt_column and response_column.": (
        "可读取的格式：{forms}。其他格式请设置 prompt_column 与 response_column。"
    ),
    "the row has one answer with a label, not two answers": (
        "该行只有一个带标签的回答，而不是两个回答"
    ),
    "A preference needs what was chosen and what was rejected.": (
        "偏好数据需要一个被选中的回答和一个被拒绝的回答。"
    ),
    "both answers are the same: there is nothing to prefer": "两个回答相同，无从取舍",
    "an answer has several turns beside what was asked": "除所问之外，一个回答含有多轮",
    "the two conversations differ before their last turns": "两段对话在最后一轮之前就不相同",
    "the last turn is by '{role}', not by '{expected}'": (
        "最后一轮的角色是“{role}”，而不是“{expected}”"
    ),
    "turn {number} says nothing": "第 {number} 轮没有内容",
    "turn {number} is by '{role}'": "第 {number} 轮的角色是“{role}”",
    "here may speak: {roles}": "此处可以发言的角色：{roles}",
}
