"""Chinese messages of `yanmo compare`."""

CHINESE: dict[str, str] = {
    "Train several models under one budget on the same tokens, and compare.": (
        "用相同的预算、相同的词元训练多个模型，并加以比较。"
    ),
    "Names with commas between them; ngram is one.": "以逗号分隔的名称；ngram 也是其一。",
    "Of each model: 60s, 5min, 1h; 2Mtok; 1e13flops.": (
        "每个模型的预算：60s、5min、1h；2Mtok；1e13flops。"
    ),
    "page: {path}": "页面：{path}",
    "'{text}' is no budget": "“{text}”不是预算",
    "Write a time (60s, 5min, 1h), a number of tokens (500k tokens, 2Mtok) or of FLOPs"
    " (1e13flops).": (
        "请写时间（60s、5min、1h）、词元数（500k tokens、2Mtok）或运算量（1e13flops）。"
    ),
    "{seconds:g} seconds of training": "训练 {seconds:g} 秒",
    "{count:,.0f} training tokens": "训练词元 {count:,.0f} 个",
    "{count:.3g} training FLOPs": "训练运算量 {count:.3g} FLOPs",
    "{budget} do not pay for one step of {name}": "预算（{budget}）不够 {name} 走一步",
    "A step takes {needed:,}.": "一步需要 {needed:,}。",
    "no model is named": "没有给出模型",
    "unknown model '{name}'": "未知的模型“{name}”",
    "There are 1gram to {largest}gram.": "有 1gram 到 {largest}gram。",
    "{name} cannot be compared with language models": "{name} 不能与语言模型比较",
    "These can: {names}.": "可以比较的有：{names}。",
    "it fills hidden tokens of a text that it sees from both sides": (
        "它从两侧看文本，填出被遮住的词元"
    ),
    "it writes the blanks of a text whose rest it sees": "它看着文本的其余部分填写空白",
    "it writes a target for a source; a text alone has none": (
        "它为源文写出目标文；单独一篇文本没有源文"
    ),
    "every model failed": "所有模型都失败了",
    "{name} failed: {error}": "{name} 失败：{error}",
    "stopped while {name} was running": "在运行 {name} 时停止",
    "killed by signal {number}; perhaps memory ran out": "被信号 {number} 终止；可能是内存不足",
    "{name}: getting ready": "{name}：正在准备",
    "{name}: counting": "{name}：正在计数",
    "{name}: step {step} of {steps}, loss {loss}": (
        "{name}：第 {step} 步，共 {steps} 步，损失 {loss}"
    ),
    "{name}: scoring held-out documents": "{name}：正在给留出文档打分",
    "{documents:,} {documents:document|documents} of the {split} split, {tokens:,} tokens,"
    " {bytes:,} bytes": ("{split}部分 {documents:,} 篇文档，{tokens:,} 个词元，{bytes:,} 字节"),
    "in blocks": "不含嵌入",
    "seconds": "秒数",
    "{name} · models compared": "{name} · 模型比较",
    "{name}: models compared": "{name}：模型比较",
    "On held-out text {name} needs {bits} bits per byte.": (
        "在留出文本上，{name} 每字节需要 {bits} 比特。"
    ),
    "That is the fewest of {count} models; {name} needs the most, {bits}.": (
        "这是 {count} 个模型中最少的；最多的是 {name}，为 {bits}。"
    ),
    "rows of {count} tokens": "每行 {count} 个词元",
    "{count} rows a step": "每步 {count} 行",
    "vocabulary {count}": "词表 {count}",
    "Models that failed": "失败的模型",
    "How good each became": "各自的成绩",
    "All were scored on the same held-out documents, which none has seen.": (
        "所有模型都在相同的留出文档上打分，训练时谁都没有见过。"
    ),
    "Whiskers are 95% intervals over documents; all models have the same documents, so two may"
    " differ for certain although their whiskers overlap.": (
        "短线是按文档重采样的 95% 区间；各模型的文档相同，因此短线重叠时两者的差别仍可能是确定的。"
    ),
    "How fast each learned": "各自学得多快",
    "Bits per byte on validation rows while training.": "训练过程中在验证行上的每字节比特数。",
    "Over training tokens": "按训练词元",
    "Over seconds of training": "按训练秒数",
    "training tokens": "训练词元",
    "seconds of training": "训练秒数",
    "bits per byte over training tokens": "每字节比特数随训练词元的变化",
    "bits per byte over seconds of training": "每字节比特数随训练秒数的变化",
    "{name}: {tokens} tokens, {seconds} s, {bits} bits per byte": (
        "{name}：{tokens} 词元，{seconds} 秒，每字节 {bits} 比特"
    ),
    "Measured on the first rows of the validation split, where a model begins every row anew;"
    " so the last points are not the scores above. A model that counts has no curve: its level"
    " is dashed.": (
        "在验证部分的前若干行上测得，每行都从头读起，所以末点不等于上面的成绩。"
        "计数模型没有曲线，以虚线表示其水平。"
    ),
    "All figures": "全部数字",
    "What every model took, and what it gave.": "每个模型用了多少，得到多少。",
    "“In blocks” leaves out embeddings and the output projection; of a counting model,"
    " parameters are the n-grams that it has seen. Seconds are those of optimiser steps, or of"
    " counting; memory is the largest that the process held.": (
        "“不含嵌入”不计词嵌入和输出投影；计数模型的参数是它见过的 n 元组。"
        "秒数只计优化器的步，或计数所用的时间；内存是进程占用的最大值。"
    ),
    "Settings": "设置",
    "What was the same for all, and what was not.": "哪些相同，哪些不同。",
    "optimiser": "优化器",
    "dropout": "丢弃率",
    "seconds besides": "其余秒数",
    "Equal for all: tokens and their order, batch, context, schedule and seed ({seed}).": (
        "所有模型相同：词元及其顺序、批次、上下文、学习率安排和种子（{seed}）。"
    ),
    "Each model is trained with the optimiser and the learning rate in its row.": (
        "每个模型所用的优化器和学习率见各自的行。"
    ),
    "Seconds besides are validations and checkpoints, which the budget does not pay for.": (
        "其余秒数用于验证和检查点，不计入预算。"
    ),
}
