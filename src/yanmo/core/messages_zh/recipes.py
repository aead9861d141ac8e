"""Chinese descriptions of the shipped recipes, and messages of what is run by them."""

CHINESE: dict[str, str] = {
    "a small English model, which tasks begin with": "小型英文模型，供各项任务作起点",
    "a small Chinese model, which tasks begin with": "小型中文模型，供各项任务作起点",
    "reviews learned in one language and asked about in the other": "学一种语言的评论，答另一种",
    "word vectors of English and Chinese in one space": "同一空间里的中英文词向量",
    "captions of pictures from English to German, from nothing": "图片说明英译德，从零训练",
    "talks from English to Chinese, from nothing": "演讲英译中，从零训练",
    "your own marked names, found in texts": "用自己标注的数据，从文本中找出实体",
    "your own questions, answered from passages or not at all": (
        "用自己的问题，从段落中找答案，或判断没有答案"
    ),
    "your own texts and their classes": "用自己的文本和类别做分类",
    "your own texts, summed up in a length that you say": "用自己的文本做摘要，长度由你指定",
    "your own pairs, and a column translated with a glossary": ("用自己的句对，按术语表翻译一列"),
    "ChnSentiCorp: whether a Chinese review is good": "ChnSentiCorp：中文评论是褒是贬",
    "ResumeNER: names, posts and schools of Chinese CVs": (
        "ResumeNER：中文简历中的姓名、职务、学校等"
    ),
    "CSL: titles of Chinese papers from their abstracts": "CSL：由摘要写中文论文标题",
    "DialogSum: what was said in an English talk, in short": "DialogSum：英文对话的摘要",
    "XQuAD: answers to English questions, found in passages": "XQuAD：在英文段落中找答案",
    "XQuAD: answers to Chinese questions, found in passages": "XQuAD：在中文段落中找答案",
    "spoken digits, written down: English, six speakers": "把说出的数字写下来：英文，六位说话人",
    "film reviews from eight examples, shown and learned from": "八条影评：写进提示，或用来训练",
    "Inspec: keywords of English papers": "Inspec：英文论文的关键词",
    "SST-2: whether a film review is good": "SST-2：影评是褒是贬",
    "STS-B: how alike two English sentences are": "STS-B：两个英文句子有多相似",
    "STS-B: how alike two Chinese sentences are": "STS-B：两个中文句子有多相似",
    "THUCNews: what a Chinese headline is about": "THUCNews：中文标题讲的是什么",
    "WNUT17: new and rare names in messages": "WNUT17：帖子中新出现的和罕见的名字",
    "its texts support {size:,} entries, and so many it has": (
        "这些文本只够学 {size:,} 个词条，词表就取这么大"
    ),
    "a task of kind {kind} is not predicted by a model as it is": (
        "{kind} 类任务不能由模型直接预测"
    ),
    "Choices are picked by how probable they are: [prompt.{name}].": (
        "选项按其可能性挑选：[prompt.{name}]。"
    ),
    "Shortest text that is written, in tokens.": "生成的文本至少多少个词元。",
}
