"""Chinese messages of `tokens`."""

CHINESE: dict[str, str] = {
    "tokens in     {tokens:>15,}  from {documents:,} documents": (
        "词元总数      {tokens:>15,}  来自 {documents:,} 篇文档"
    ),
    "  + padded    {tokens:>15,}  to fill the last row": (
        "  + 填充      {tokens:>15,}  补齐最后一行"
    ),
    "  = trained   {tokens:>15,}  positions in one epoch": (
        "  = 训练      {tokens:>15,}  一轮的位置数"
    ),
    "  + validation{tokens:>15,}": "  + 验证      {tokens:>15,}",
    "  + test      {tokens:>15,}": "  + 测试      {tokens:>15,}",
    "  + dropped   {tokens:>15,}": "  + 舍弃      {tokens:>15,}",
    "      {documents:,} documents: {reason}": "      {documents:,} 篇文档：{reason}",
    "without text": "没有文字",
    "tokenizer: {entries:,} entries in {folder}": "分词器：{entries:,} 个词条，存于 {folder}",
    "tokenizer: reading text, {megabytes:.1f} MB": "分词器：正在读取文本，{megabytes:.1f} MB",
    "tokenizer: learning {entries:,} entries from {megabytes:.1f} MB": (
        "分词器：正在从 {megabytes:.1f} MB 文本中学习 {entries:,} 个词条"
    ),
    "tokens: {documents:,} {documents:document|documents}, {tokens:,} tokens": (
        "词元：{documents:,} 篇文档，{tokens:,} 个词元"
    ),
    "there is nothing to train on: the train split is empty": "没有可供训练的内容：训练部分是空的",
    "Give the corpus more text, or look at what its rules rejected.": (
        "请为语料提供更多文本，或查看清洗规则剔除了什么。"
    ),
    "there is no split named {name}": "没有名为 {name} 的划分",
    "a document does not begin with the end-of-text token": "有一篇文档不是以文本结束词元开头",
    "the file is damaged, or was made with another tokenizer": "文件已损坏，或出自另一个分词器",
    "{bytes_file} counts {found} documents, {index_file} {expected}": (
        "{bytes_file} 记有 {found} 篇文档，{index_file} 记有 {expected} 篇"
    ),
    "document {number} does not end after it begins": "文档 {number} 的终点不在起点之后",
    "the file is damaged": "文件已损坏",
    "ids take {found} bytes here, and {expected} with this vocabulary": (
        "这里每个编号占 {found} 字节，而这个词表要求 {expected} 字节"
    ),
    "the shards were made with another tokenizer": "这些分片出自另一个分词器",
    "this shard is missing": "缺少这个分片",
    "token id {id} is not in the vocabulary of {size} entries": (
        "词元编号 {id} 不在含 {size} 个词条的词表中"
    ),
    "byte {offset}": "第 {offset} 字节",
    "the file is cut off at byte {offset}, or shards after it are missing": (
        "文件在第 {offset} 字节处中断，或缺少其后的分片"
    ),
    "bytes from {offset} on, or this shard, belong to no document": (
        "自第 {offset} 字节起的内容，或整个分片，不属于任何文档"
    ),
    "the shard holds {found} bytes where {expected} belong": (
        "分片有 {found} 字节，而应有 {expected} 字节"
    ),
    "Delete the token folder and make it again.": "请删除词元文件夹并重新生成。",
    "this token file is missing": "缺少这个词元文件",
    "this token file cannot be read": "无法读取这个词元文件",
    "this token file was changed after it was written": "这个词元文件在写成之后被改动过",
    "bytes {begin} to {end}": "第 {begin} 至 {end} 字节",
    "the checksum of these bytes is another one": "这些字节的校验和不符",
    "these checksums cannot be read": "无法读取这些校验和",
    "this shard is not one of the split's": "这个分片不属于这一部分",
    "this token file was changed while it was in use": "这个词元文件在使用期间被改动",
    "its size, time or place on the disk is another one": "它的大小、时间或在磁盘上的位置变了",
    "Make the tokens again, then run the same command: it goes on from the last checkpoint.": (
        "请重新生成词元，再运行同一命令：它会从最近的检查点继续。"
    ),
    "the file ends in the middle of an entry, at byte {offset}": (
        "文件在第 {offset} 字节处的条目中间结束"
    ),
    "the file is cut off": "文件不完整",
    "the tokenizer lacks special tokens: {tokens}": "分词器缺少特殊词元：{tokens}",
    "Use a tokenizer that yanmo has trained.": "请使用由 yanmo 训练的分词器。",
    "there is no special token {token}": "没有特殊词元 {token}",
    "The special tokens are {tokens}.": "特殊词元有 {tokens}。",
    "this is not a byte-level tokenizer with ids from 0 upwards": (
        "这不是编号从 0 开始的字节级分词器"
    ),
    "id or character {what} has no place in it": "编号或字符 {what} 不在其中",
    "there is no tokenizer here": "这里没有分词器",
    "Name the folder of a trained tokenizer or model, or train one first.": (
        "请指明已训练的分词器或模型所在的文件夹，或先训练一个。"
    ),
    "cannot read this tokenizer": "无法读取这个分词器",
    "there is no text to learn a vocabulary from": "没有可供学习词表的文本",
    "no pair of bytes occurs twice in the train split": "训练部分中没有出现两次的字节对",
    "Give the corpus more text.": "请为语料提供更多文本。",
    "the text supports a vocabulary of {found} entries, not {wanted}": (
        "文本只够支持 {found} 个词条的词表，不足 {wanted} 个"
    ),
    "no pair that is left occurs twice": "剩下的词元对都没有出现两次",
    "Set tokenizer.vocab_size={found}, or give the corpus more text.": (
        "请设 tokenizer.vocab_size={found}，或为语料提供更多文本。"
    ),
    "vocab_size = {size} has no room for {sentinels} sentinels; the least is {least}": (
        "vocab_size = {size} 容不下 {sentinels} 个哨兵词元；至少要 {least}"
    ),
    "no document is a pair: a first line and more behind it": (
        "没有一篇文档是句对：第一行，以及其后的内容"
    ),
    'The source "parallel" with pairs_per_document = 1 makes such documents.': (
        "来源 “parallel” 配合 pairs_per_document = 1 会生成这样的文档。"
    ),
}
