"""What is told of fine-tunings: their curves on the page, runs in a list, what they would cost."""

CHINESE = {
    # yanmo.pipeline.report: curves of fine-tunings
    "How it learnt its tasks": "任务是怎样学会的",
    "{n} {n:fine-tuning|fine-tunings}: the ring marks the step whose weights were kept.": (
        "共 {n} 次微调；圆圈标出所保留权重的那一步。"
    ),
    "This fine-tuning is not finished.": "这次微调尚未完成。",
    "Stopped early after step {step}: nothing better came.": (
        "在第 {step} 步之后提前停止：没有更好的结果。"
    ),
    "Kept are the weights of step {step}: on validation {figures}.": (
        "保留第 {step} 步的权重：验证集上 {figures}。"
    ),
    "So far step {step} is best: on validation {figures}.": (
        "目前第 {step} 步最好：验证集上 {figures}。"
    ),
    "loss {value}": "损失 {value}",
    "One of {n} draws of few examples; the thin lines are the others.": (
        "少样本抽取共 {n} 次，这是其中一次；细线是其余各次。"
    ),
    "training examples": "训练样本",
    "of them trained": "其中训练的",
    "kept step": "保留的步",
    "kept": "保留",
    "other draws": "其余各次抽取",
    "mean of the tasks": "各任务的平均",
    # yanmo.pipeline.task_outcomes, yanmo.cli: what came of the tasks
    "What came of the tasks": "各任务的结果",
    "{figure}, 95% interval {low} to {high}": "{figure}，95% 区间 {low} 至 {high}",
    "better than the best baseline, {name}": "优于最好的基线 {name}",
    "worse than the best baseline, {name}": "不如最好的基线 {name}",
    "no certain difference from the best baseline, {name}": "与最好的基线 {name} 没有确定的差别",
    "the best baseline is {name}": "最好的基线是 {name}",
}
