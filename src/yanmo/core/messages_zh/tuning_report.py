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
    "better than the best baseline, {name}": "优于最好的基线（{name}）",
    "worse than the best baseline, {name}": "不如最好的基线（{name}）",
    "no certain difference from the best baseline, {name}": "与最好的基线（{name}）没有确定的差别",
    "the best baseline is {name}": "最好的基线是 {name}",
    # yanmo.pipeline.planning: what fine-tunings would cost
    "all fine-tunings and what stands above: {time} at most": "全部微调连同以上各项：至多 {time}",
    "all fine-tunings: {time} at most": "全部微调：至多 {time}",
    (
        "early stopping may end sooner; their evaluation, disk, energy and money are not in this"
        " bill"
    ): "提前停止可能更早结束；微调的评估、磁盘、能耗和费用不在这笔账里",
    "not in this bill: {names}; steps and time of a fine-tuning are known after a probe": (
        "不在这笔账里：{names}；微调的步数和时间要试跑之后才知道"
    ),
    "! {name} could not be tried: {why}": "! {name} 无法试跑：{why}",
    "{n} draws, each: ": "共 {n} 次抽取，每次：",
    (
        "{name}: {draws}{rows:,} {rows:row|rows}, {steps:,} {steps:step|steps}; {trained:,} of"
        " {params:,} parameters learn"
    ): "{name}：{draws}{rows:,} 行，{steps:,} 步；{params:,} 个参数中有 {trained:,} 个参与学习",
    (
        "{tokens:,} tokens, {memory:,.0f} MiB, {time} ({speed:,.0f} tokens/s in a probe of"
        " {probe} steps)"
    ): "{tokens:,} 个词元，{memory:,.0f} MiB，{time}（试跑 {probe} 步，每秒 {speed:,.0f} 个词元）",
    (
        "tried with random weights and a vocabulary of the task's texts: the recipe's own model is"
        " not trained yet"
    ): "用随机权重和任务文本的词表试跑：配方自己的模型尚未训练",
    "! {name} needs {needed:.1f} GiB, and the machine has {there:.1f} GiB": (
        "! {name} 需要 {needed:.1f} GiB，而本机有 {there:.1f} GiB"
    ),
    "a few steps took more than {time:.0f} s": "几步就用了 {time:.0f} 秒以上",
    "this recipe trains nothing; what it measures is not in any bill": (
        "这份配方不训练什么；它所做的测量不计入账单"
    ),
}
