"""The Chinese wording of what language, words, profiles and sources with parts say."""

CHINESE: dict[str, str] = {
    "the segmented text cannot be read": "已分词的文本无法读取",
    "there is no segmented sentence to learn from": "没有可供学习的已分词句子",
    "this is no learned segmenter": "这不是学习得到的分词器",
    'segmenter = "learned" and segmenter_path go together': (
        'segmenter = "learned" 与 segmenter_path 须同时给出'
    ),
    "the list of stop words cannot be read": "停用词表无法读取",
    "It is a text file in UTF-8 with one word a line.": "它应是 UTF-8 文本文件，每行一个词。",
    "For counting words, key words or search, take the profile bow.": (
        "若要统计词频、提取关键词或检索，请用 bow 方案。"
    ),
    "the profile {profile} does not drop stop words": "{profile} 方案不删除停用词",
    "function words are most of every sentence, and a model must learn to write them": (
        "虚词占了句子的大半，模型必须学会写它们"
    ),
    "the profile {profile} does not drop punctuation": "{profile} 方案不删除标点",
    "a model learns from punctuation where sentences and clauses end": (
        "模型要从标点学会句子和分句在哪里结束"
    ),
    "the profile {profile} does not stem words": "{profile} 方案不做词干提取",
    "endings are grammar, and a model must learn to write them": "词尾就是语法，模型必须学会写它们",
    "unchanged": "无变化",
    "thread_field and text_field must differ": "thread_field 与 text_field 不能相同",
    "Looked for are {types}, packed or not.": "要找的是 {types}，压缩与否均可。",
    "a line that is no valid text, or is longer than {limit} bytes": (
        "此行不是有效文本，或超过 {limit} 字节"
    ),
    "one side of the pair is empty": "句对的一侧是空的",
    "a line with {count} {count:column|columns}; columns {first} and {second} are wanted": (
        "此行有 {count} 列；需要第 {first} 列和第 {second} 列（从 0 数起）"
    ),
    "{shorter} ends at line {count}, {longer} goes on": (
        "{shorter} 到第 {count} 行为止，{longer} 还有内容"
    ),
    "{first} has {first_count} lines and {second} has {second_count}": (
        "{first} 有 {first_count} 行，{second} 有 {second_count} 行"
    ),
    "line by line they must be translations of each other": "两者必须逐行互为译文",
    "Align them again; nothing has been read.": "请重新对齐；尚未读取任何内容。",
    "question {id}: the answer {answer!r} does not begin at character {start} of its passage": (
        "问题 {id}：答案 {answer!r} 并不从文章的第 {start} 个字符开始"
    ),
    "the record is no object": "该记录不是对象",
    "the field {name} is missing": "缺少字段 {name}",
    "the answers are in no form that is read": "答案的格式不在支持之列",
    "the field {name} is missing or no text": "字段 {name} 缺失或不是文本",
    "there is neither a passage nor an answer": "既没有文章也没有答案",
    "the conversation is empty": "对话是空的",
    "nobody knows the role {role!r}": "不认识角色 {role!r}",
    "the record is no conversation in a form that is read": "该记录不是所支持格式的对话",
}
