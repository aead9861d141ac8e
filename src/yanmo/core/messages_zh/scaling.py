"""Chinese wording of `yanmo.pipeline.scaling`."""

CHINESE: dict[str, str] = {
    "the run {name} failed": "训练 {name} 失败",
    "'{text}' are no sizes": "“{text}”不是规模",
    "the law needs runs of two lengths at least": "拟合规律至少需要两种长度的训练",
    "{name} is no language model whose loss on a whole text is known": (
        "{name} 不是能给出整篇文本损失的语言模型"
    ),
    "{runs} {runs:run does|runs do} not decide the five numbers of the law": (
        "{runs} 次训练不足以确定规律的五个数"
    ),
    "Write depths with commas between them, two at least: 1,2,3.": (
        "请写出以逗号分隔的深度，至少两个：1,2,3。"
    ),
    "Write numbers of tokens with commas between them: 150k,300k,600k.": (
        "请写出以逗号分隔的词元数：150k,300k,600k。"
    ),
    "Give sizes and lengths that make {runs} at least.": (
        "请给出至少构成 {runs} 次训练的规模和长度。"
    ),
    "{name} · scaling law": "{name} · 缩放规律",
    "Each curve is the law for one size; dots are runs, the ring is the prediction.": (
        "每条曲线是一种规模的规律；点是训练，圆环是预测。"
    ),
    "The bar through the ring is the interval of the prediction; a square beside it is that run as"
    " it came out, where it was made.": (
        "穿过圆环的竖线是预测区间；旁边若有方块，则是该训练实际做出后的结果。"
    ),
    "Loss is in nats per token of the held-out documents.": ("损失为留出文档每个词元的奈特数。"),
    "Loss over training tokens": "损失与训练词元数",
    "run": "训练",
    "fitted": "拟合",
    "The runs": "各次训练",
    "{name}: how loss falls with size and text": "{name}：损失如何随规模和文本下降",
    "loss over training tokens": "损失与训练词元数",
    "loss = {e:.3f} + {a:.4g} / N^{x:.3f} + {b:.4g} / D^{y:.3f}, on average {error:.2%} from the"
    " runs": (
        "损失 = {e:.3f} + {a:.4g} / N^{x:.3f} + {b:.4g} / D^{y:.3f}，与各次训练平均相差 {error:.2%}"
    ),
    "{name}, {factor:g} times the FLOPs of the largest run: {params} parameters and {tokens} tokens"
    " give a loss of {loss:.4f}, in 95 of 100 cases from {low:.4f} to {high:.4f}": (
        "{name}，FLOPs 为最大一次训练的 {factor:g} 倍：{params} 个参数、{tokens} 个词元给出损失"
        " {loss:.4f}，100 次中有 95 次在 {low:.4f} 与 {high:.4f} 之间"
    ),
    "it was made and has {measured:.4f}: the prediction is off by {error:+.2%}": (
        "该训练已做出，损失为 {measured:.4f}：预测相差 {error:+.2%}"
    ),
    "Fit a scaling law to small runs, and predict a larger one.": (
        "由小规模训练拟合缩放规律，并预测更大的训练。"
    ),
    "Depths of the small models, with commas.": "小模型的深度，以逗号分隔。",
    "Training tokens of each, with commas.": "每个模型的训练词元数，以逗号分隔。",
    "Depth of the model to predict; chosen unless told.": "要预测的模型的深度；未指定时自动选择。",
    "Make the predicted run too, and compare.": "把预测的训练也做出来，并作比较。",
}
