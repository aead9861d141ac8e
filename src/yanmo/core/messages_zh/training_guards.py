"""Chinese messages of `training.guards`: what a run watches for and what it says then."""

CHINESE: dict[str, str] = {
    # spikes and numbers that are not finite
    "loss {loss:.4g} (first {first:.4g}, mean of the last {count}: {mean:.4g}), gradient"
    " norm {norm:.4g} (mean {mean_norm:.4g})": (
        "损失 {loss:.4g}（第一步 {first:.4g}，最近 {count} 步的均值 {mean:.4g}），"
        "梯度范数 {norm:.4g}（均值 {mean_norm:.4g}）"
    ),
    "the loss is far above that of the steps before": "损失远高于前面各步",
    "the gradient is far larger than that of the steps before": "梯度远大于前面各步",
    "step {step} is skipped: {what} ({numbers}); {count} skipped so far": (
        "跳过第 {step} 步：{what}（{numbers}）；至今共跳过 {count} 步"
    ),
    "; {count} steps in a row": "；连续 {count} 步",
    "If this text is like that, raise pretrain.guards.max_sigmas and run again: the run"
    " goes on from its last checkpoint. Otherwise lower the learning rate.": (
        "如果文本本来就是这样，请调高 pretrain.guards.max_sigmas 后重新运行："
        "训练会从最近的检查点继续。"
        "否则请降低学习率。"
    ),
    "the tokens are not those that this run began with": "词元已不是这次训练开始时的那些",
    "Put them back, or delete the folder to start this stage again.": (
        "请把它们放回去，或删除该文件夹以重新开始这一阶段。"
    ),
    # stalled processes
    "process {rank} of {size} has made no progress for {seconds:.0f} s at step {step}"
    " and ends, so that the group can be started again": (
        "进程 {rank}（共 {size} 个）在第 {step} 步已有 {seconds:.0f} 秒没有进展，"
        "现在退出，以便整组重新启动"
    ),
    "process {rank} never came": "进程 {rank} 从未加入",
    "process {rank} ({host}, pid {pid}) does not answer since step {step}: stopped,"
    " or its machine is gone": (
        "进程 {rank}（{host}，进程号 {pid}）自第 {step} 步起没有响应：已被暂停，或其机器已失联"
    ),
    "process {rank} ({host}, pid {pid}) is behind, at step {step}, {doing}": (
        "进程 {rank}（{host}，进程号 {pid}）落后，停在第 {step} 步，正在 {doing}"
    ),
    # faulty hardware
    "loss {loss!r}, gradient norm {norm!r}": "损失 {loss!r}，梯度范数 {norm!r}",
    "the weights changed in memory, although no update was made": (
        "权重在内存中发生了变化，而期间并没有更新"
    ),
    "the same computation gave another result each time": "同一计算每次给出不同的结果",
    "the same computation gave another result once; two of three runs agree": (
        "同一计算有一次给出了不同的结果；三次中有两次一致"
    ),
    "step {step}": "第 {step} 步",
    "step {step}: {what}": "第 {step} 步：{what}",
    "Run the same command again: it goes on from the last checkpoint. If this comes back,"
    " the machine's memory or processor is faulty.": (
        "请再次运行同一命令：它会从最近的检查点继续。如果再次出现，说明这台机器的内存或处理器有故障。"
    ),
    # over-fitting
    "over-fitting: since step {best} the validation loss rose from {low:.4f} to {high:.4f}"
    " while the training loss fell from {before:.4f} to {now:.4f}; what may help:": (
        "过拟合：自第 {best} 步起，验证损失从 {low:.4f} 升到 {high:.4f}，"
        "而训练损失从 {before:.4f} 降到 {now:.4f}；可以尝试："
    ),
    "more text: {tokens:,} tokens have been read {epochs:.1f} times": (
        "增加文本：{tokens:,} 个词元已经读了 {epochs:.1f} 遍"
    ),
    "a smaller model: {params:,} parameters learn from {tokens:,} tokens": (
        "缩小模型：{params:,} 个参数只从 {tokens:,} 个词元中学习"
    ),
    "more examples, or changed copies of those there are (augment)": (
        "增加样本，或给现有样本添上改动过的副本（augment）"
    ),
    "{key} = {better:g} (now {now:g})": "{key} = {better:g}（现为 {now:g}）",
    "more examples": "增加样本",
    "early stopping is on and will keep the best weights": "早停已开启，会保留最好的权重",
    "early stopping is on and will keep the weights with the highest {metric}, which may rise while"
    " the loss does": "早停已开启，会保留 {metric} 最高的权重；损失上升时它仍可能升高",
    "early_stopping keeps the weights with the highest {metric}, which may rise while the loss"
    " does; without it the last ones are kept": (
        "early_stopping 保留 {metric} 最高的权重，损失上升时它仍可能升高；不设则保留最后的权重"
    ),
    "stop at step {step}, where the validation was best": "在验证损失最低的第 {step} 步停止",
    # gradients
    "the gradient of {layer} has vanished: norm {norm:.2g}, median of the layers {median:.2g}": (
        "{layer} 的梯度消失：范数 {norm:.2g}，各层的中位数 {median:.2g}"
    ),
    "the gradient of {layer} explodes: norm {norm:.2g}, median of the layers {median:.2g}": (
        "{layer} 的梯度爆炸：范数 {norm:.2g}，各层的中位数 {median:.2g}"
    ),
}
