"""Chinese messages of `training`: the progress line, warnings, and why a run stops."""

CHINESE: dict[str, str] = {
    # the progress line
    "step": "步",
    "loss": "损失",
    "grad": "梯度",
    "tokens/s": "词元/秒",
    "{time} left": "{time} 后完成",
    "{s}s": "{s} 秒",
    "{m}m {s:02d}s": "{m} 分 {s:02d} 秒",
    "{h}h {m:02d}m": "{h} 小时 {m:02d} 分",
    # the run
    "step {step}: validation loss {loss:.4f}": "第 {step} 步：验证损失 {loss:.4f}",
    "going on after step {step} from {path}": "从第 {step} 步之后继续：{path}",
    "a damaged checkpoint was passed over: {reason}": "跳过了一个损坏的检查点：{reason}",
    "stopped after step {step} of {steps}; a checkpoint is saved": (
        "在第 {step} 步（共 {steps} 步）之后停止；检查点已保存"
    ),
    "compiling the model; later runs find the code in {path}": (
        "正在编译模型；之后的运行直接使用 {path} 中的代码"
    ),
    "compile = auto: yes, about {saved:,.0f} s to win for {cost:.0f} s": (
        "compile = auto：编译，约省 {saved:,.0f} 秒，编译需 {cost:.0f} 秒"
    ),
    "compile = auto: no, about {saved:,.0f} s to win, {cost:.0f} s to compile": (
        "compile = auto：不编译，约省 {saved:,.0f} 秒，编译需 {cost:.0f} 秒"
    ),
    "torch.compile failed, going on without it: {reason}": (
        "torch.compile 失败，改为不编译继续：{reason}"
    ),
    # what went wrong
    "the loss or its gradient is not a finite number": "损失或其梯度不是有限值",
    "the validation loss is not a finite number": "验证损失不是有限值",
    "the loss has exploded": "损失急剧增大",
    "step {step}, layer {layer}": "第 {step} 步，{layer} 层",
    "Lower the learning rate (pretrain.optimizer) or lengthen the warm-up"
    " (pretrain.schedule.warmup_steps), then run again.": (
        "请降低学习率（pretrain.optimizer）或延长预热"
        "（pretrain.schedule.warmup_steps），然后重新运行。"
    ),
    "batch_rows = {batch} is not a multiple of micro_batch_rows = {micro}": (
        "batch_rows = {batch} 不是 micro_batch_rows = {micro} 的整数倍"
    ),
    "schedule.warmup_steps = {warmup} leaves none of the {steps} {steps:step|steps}; lower it, or"
    " raise steps": (
        "schedule.warmup_steps = {warmup} 把 {steps} 步全占了；请调低它，或增加 steps"
    ),
}
