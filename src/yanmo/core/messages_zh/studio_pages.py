"""The studio's pages about data, tokenizers and evaluations."""

CHINESE = {
    "there is no document {row}": "没有第 {row} 篇文档",
    "the files hold {n:,} {n:document|documents}": "这些文件里共有 {n:,} 篇文档",
    "these documents cannot be read": "这些文档无法读取",
    "Make the corpus again: yanmo corpus RECIPE": "请重做语料：yanmo corpus RECIPE",
    "a field is missing or misplaced: {field}": "缺少字段或字段位置不对：{field}",
    "{file} is not there: the stage has not ended.": "没有 {file}：这个阶段还没有结束。",
    "no document of this corpus is held out": "这份语料没有留出任何文档",
    "Give the splits something: corpus.split.validation_frac=0.05": (
        "请给划分留一些：corpus.split.validation_frac=0.05"
    ),
    "this run has no evaluation of its language model": "这次运行没有评测过语言模型",
    "there is no evaluation here": "这里没有评测结果",
}
