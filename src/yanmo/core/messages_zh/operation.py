"""Chinese messages of `pipeline.training_story`: how a training ran, and what happened to it."""

CHINESE: dict[str, str] = {
    # facts
    "processes": "进程数",
    "machines": "机器数",
    "pipeline × replicate × shard × context × tensor": "流水线 × 副本 × 分片 × 上下文 × 张量",
    "switches in [parallel]": "[parallel] 中的开关",
    "precision": "精度",
    "compiled": "编译",
    "with torch.compile": "已用 torch.compile 编译",
    "no: the recipe does not ask for it": "否：配方没有要求",
    "no: it would take longer than it saves": "否：编译比能省下的时间更久",
    "no: torch.compile failed; the warnings say why": "否：torch.compile 失败，原因见警告",
    "tokens per second, median": "每秒词元（中位数）",
    "part of the measured peak (MFU)": "占实测峰值的比例（MFU）",
    "started again after a death": "因进程死亡而重启",
    "taken up again by command": "由命令续训",
    "wishes to stop granted": "应要求停止",
    "ended by an error": "因错误结束",
    "skipped steps": "跳过的步",
    "damaged checkpoints passed over": "跳过的损坏检查点",
    "warnings": "警告",
    "{count} (step {steps})": "{count}（第 {steps} 步）",
    # counts of the stages
    "{seconds:8.1f} s": "{seconds:8.1f} 秒",
    "counted by the processor": "处理器计数",
    "processor time times design power": "处理器时间乘以设计功率",
    "{processor}, and the GPUs' power limit": "{processor}，外加 GPU 的功率上限",
    "words": "词",
    "sentences": "句子",
    "words of text": "文本词数",
    "covered": "覆盖率",
    "floating-point operations a token": "每词元浮点运算",
    "targets": "目标",
    "training loss": "训练损失",
    "watt-hours": "瓦时",
    "grams of CO2": "克 CO2",
    "draws": "抽取次数",
    "chosen draw": "选中的抽取",
    # incidents
    "all processes go on after step {step}": "所有进程从第 {step} 步之后继续",
    "taken up again after step {step}; processes: {count}": (
        "从第 {step} 步之后续训；进程数：{count}"
    ),
    "{death}; all are started again": "{death}；全部重新启动",
    "asked to stop; a checkpoint was saved": "收到停止要求；已保存检查点",
    "stopped: {what}": "停止：{what}",
    "{bits:.3f} bits/byte": "{bits:.3f} 比特/字节",
    "Write report.html from what there is, also of an unfinished run.": (
        "按现有内容写出 report.html，未完成的运行也可以。"
    ),
    # the section of the report
    "How it ran": "运行经过",
    "What happened on the way stands in the table.": "途中发生的事见表。",
    "Nothing happened on the way that a reader should know.": "途中没有需要说明的事。",
    "What happened": "途中之事",
    "what happened": "发生了什么",
    "Earlier ones in events.jsonl: {n}.": "更早的见 events.jsonl：{n} 件。",
}
