"""Chinese wording for questions that are answered from a text."""

CHINESE = {
    "Answer a question from a text, and name the sentence that says so.": (
        "根据一段文字回答问题，并指出出自哪一句。"
    ),
    "What is asked.": "所提的问题。",
    "File of the text; '-' reads standard input.": "文字所在的文件；“-”读取标准输入。",
    "The text itself, instead of a file.": "直接给出文字，代替文件。",
    "The answer has to stand in the text word for word.": "答案必须原样出现在文字中。",
    "Longest answer.": "答案的最大长度。",
    "Least log-odds of an answer against 'no answer'.": "答案相对“无答案”的最小对数几率。",
    "give either a file or a text with -p": "请给出一个文件，或用 -p 给出文字",
    "the text is longer than the model reads: {count:,} of its"
    " {count:sentence is|sentences are} not read": (
        "文字超出模型能读的长度：有 {count:,} 句没有读到"
    ),
    "(no answer)": "（没有答案）",
    "from: {sentence}": "出处：{sentence}",
    "no sentence of the text says this": "文字中没有一句这样说",
    "nothing is asked": "没有提出问题",
    "a {family} model does not answer from a passage": "{family} 模型不能根据文字回答问题",
    "Decoders answer, and models that were tuned on questions.": (
        "解码器可以回答，针对问答微调过的模型也可以。"
    ),
    "the model has no head that finds answers": "模型没有寻找答案的输出头",
    "Tune one: yanmo finetune apps/questions": "先微调一个：yanmo finetune apps/questions",
    "no sentence of the passage fits into the {limit} positions of the model": (
        "模型只有 {limit} 个位置，一句话也放不下"
    ),
}
