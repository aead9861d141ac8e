"""Chinese wording of `yanmo.pipeline.planning` and of the commands that plan."""

CHINESE: dict[str, str] = {
    "there is no accelerator '{name}'": "没有名为“{name}”的加速器",
    "there is no shape '{name}'": "没有名为“{name}”的模型形状",
    "{name} does not fit: it needs {needed:.0f} GiB on each of {gpus} accelerators, and"
    " {usable:.0f} of {memory:.0f} GiB are usable": (
        "{name} 放不下：{gpus} 个加速器每个需要 {needed:.0f} GiB，而 {memory:.0f} GiB 中可用的是"
        " {usable:.0f} GiB"
    ),
    "{rows} rows, {layers} layers and {heads} heads cannot be laid out on {gpus} accelerators": (
        "{rows} 行、{layers} 层、{heads} 个头无法分布到 {gpus} 个加速器上"
    ),
    "Take more accelerators, larger ones, or shorter rows.": (
        "请使用更多或更大的加速器，或缩短每行。"
    ),
    "Change batch_tokens or the number of accelerators so that they divide.": (
        "请修改 batch_tokens 或加速器的数量，使它们能整除。"
    ),
    "{minutes:.1f} min": "{minutes:.1f} 分钟",
    "{days:,.1f} days": "{days:,.1f} 天",
    "{hours:.1f} h": "{hours:.1f} 小时",
    "micro-batch {rows}": "微批 {rows} 行",
    "checkpointing {kind}": "重算 {kind}",
    "shared: {kind}": "分片：{kind}",
    "the next best meshes, by seconds of a step:": "其次的网格，按每步秒数：",
    "{count:,} parameters": "{count:,} 个参数",
    "{ratio:.1f} for each parameter; 20 is the rule of Hoffmann et al. 2022": (
        "每个参数 {ratio:.1f} 个；Hoffmann 等（2022）的规则是 20 个"
    ),
    "forward and backward, nothing twice": "前向与反向，不含重算",
    "cluster": "集群",
    "mesh": "网格",
    "{chunks} pieces a stage": "每级 {chunks} 段",
    "on a device: weights {w}, gradients {g}, optimiser {o}, activations {a}, scores {s}, buffers"
    " {b}, libraries {l}": (
        "每个设备：权重 {w}、梯度 {g}、优化器 {o}、激活 {a}、词表得分 {s}、缓冲 {b}、库 {l}"
    ),
    "products": "矩阵乘",
    "tensor parallel": "张量并行",
    "context parallel": "上下文并行",
    "pipeline": "流水线",
    "data parallel": "数据并行",
    "update": "更新",
    "speed": "速度",
    "tokens/s; {each:,.0f} a device, {mfu:.1%} of the peak (MFU)": (
        "词元/秒；每个设备 {each:,.0f}，为峰值的 {mfu:.1%}（MFU）"
    ),
    "{steps:,} steps of {batch:,} tokens, failures included": (
        "{steps:,} 步，每步 {batch:,} 个词元，含故障"
    ),
    "checkpoint": "检查点",
    "written in {seconds:.1f} s": "写入需 {seconds:.1f} 秒",
    "failures": "故障",
    "between two, as Llama 3 405B had them unless told otherwise": (
        "两次之间；未另行说明时按 Llama 3 405B 的故障率"
    ),
    "goodput": "有效时间",
    "saving every {interval} (Young 1974, Daly 2006)": (
        "每 {interval} 保存一次（Young 1974，Daly 2006）"
    ),
    "energy": "能耗",
    "design power of {watts:.0f} W a device, and cooling": "每个设备设计功率 {watts:.0f} W，含冷却",
    "by the electricity's grams a kWh": "按每千瓦时电力的克数",
    "money": "费用",
    "by the price of a device-hour": "按每设备小时的价格",
    "training tokens per second of one device, published and predicted": (
        "每个设备每秒的训练词元：发表值与预测值"
    ),
    "memory of one device in 10^9 bytes, published and predicted": (
        "每个设备的内存（10^9 字节）：发表值与预测值"
    ),
    "median error of speed {every:.1%} over {count} runs, {held_out:.1%} over the {others} that"
    " nothing was fitted to (* was); of memory {memory:.1%} over {memories}": (
        "速度误差的中位数：全部 {count} 次训练为 {every:.1%}，未参与拟合的 {others} 次为"
        " {held_out:.1%}（带 * 的参与了拟合）；内存误差的中位数：{memories} 项为 {memory:.1%}"
    ),
}
