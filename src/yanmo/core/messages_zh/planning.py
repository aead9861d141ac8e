"""Chinese wording of `yanmo.pipeline.planning` and of the commands that plan."""

CHINESE: dict[str, str] = {
    "there is no accelerator '{name}'": "没有名为“{name}”的加速器",
    "there is no shape '{name}'": "没有名为“{name}”的模型形状",
    "{name} does not fit: it needs {needed:.0f} GiB on each of {gpus} accelerators, and"
    " {usable:.0f} of {memory:.0f} GiB are usable": (
        "{name} 放不下：{gpus} 个加速器每个需要 {needed:.0f} GiB，而 {memory:.0f} GiB 中可用的是"
        " {usable:.0f} GiB"
    ),
    "{rows} rows, {layers} {layers:layer|layers} and {heads} {heads:head|heads} cannot be laid"
    " out on {gpus} accelerators": (
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
    "the next best meshes, by the time of a step:": "其次的网格，按每步时间：",
    "{count:,} parameters": "{count:,} 个参数",
    "{ratio:.1f} for each parameter; 20 is the rule of Hoffmann et al. 2022": (
        "每个参数 {ratio:.1f} 个；Hoffmann 等（2022）的规则是 20 个"
    ),
    "forward and backward, nothing twice": "前向与反向，不含重算",
    "cluster": "集群",
    "mesh": "网格",
    "products": "矩阵乘",
    "tensor parallel": "张量并行",
    "context parallel": "上下文并行",
    "pipeline": "流水线",
    "data parallel": "数据并行",
    "update": "更新",
    "speed": "速度",
    "tokens/s; {each:,.0f} a device": "词元/秒；每个设备 {each:,.0f}",
    "of the peak, {peak:,.0f} TFLOP/s a device": "占峰值之比；每个设备峰值 {peak:,.0f} TFLOP/s",
    "{steps:,} {steps:step|steps} of {batch:,} tokens, failures and saving included": (
        "{steps:,} 步，每步 {batch:,} 个词元，含故障与保存"
    ),
    ", ": "，",
    "; ": "；",
    "{seconds:.2f} s": "{seconds:.2f} 秒",
    "nothing recomputed": "不重算",
    "scores of attention recomputed": "重算注意力得分",
    "every second product recomputed": "每两个矩阵乘重算一个",
    "blocks recomputed": "整块重算",
    "nothing shared": "不分片",
    "optimiser shared": "优化器分片",
    "optimiser and gradients shared": "优化器与梯度分片",
    "optimiser, gradients and weights shared": "优化器、梯度与权重分片",
    "micro-batch of {rows} {rows:row|rows}": "微批 {rows} 行",
    "{schedule} with {chunks} {chunks:piece|pieces} a stage": "{schedule}，每级 {chunks} 段",
    "bubble": "气泡",
    "of the pipeline's time, with {count} {count:micro-batch|micro-batches} a step": (
        "占流水线时间之比；每步 {count} 个微批"
    ),
    "weights": "权重",
    "gradients": "梯度",
    "optimiser": "优化器",
    "activations": "激活",
    "logits": "词表得分",
    "buffers": "缓冲",
    "libraries": "程序库",
    "in 16 bits": "16 位",
    "Adam in 32 bits, with a copy of the weights": "32 位的 Adam，连同一份权重",
    "kept for the backward pass, or made again": "为反向保留的，或重新算出的",
    "the block of them that the fused loss works on": "融合损失正在处理的那一块",
    "gathered weights and rows, states between stages": "收集来的权重与行，各级之间的状态",
    "driver and channels": "驱动与通信通道",
    "of {memory} on the fullest device:": "在最满的设备上（共 {memory}），其中：",
    "memory traffic": "内存流量",
    "checkpoint": "检查点",
    "weights and optimiser, written in {seconds:.1f} s": "权重与优化器，写入需 {seconds:.1f} 秒",
    "failures": "故障",
    "between two on average: one in {hours:,.0f} device-hours (Llama 3 405B had one in"
    " {usual:,.0f})": (
        "平均间隔：每 {hours:,.0f} 设备小时一次（Llama 3 405B 为每 {usual:,.0f} 设备小时一次）"
    ),
    "goodput": "有效时间",
    "of the time trains, with a checkpoint every {interval} (Young 1974, Daly 2006)": (
        "的时间在训练；每 {interval} 保存一次检查点（Young 1974，Daly 2006）"
    ),
    "energy": "能耗",
    "{watts:.0f} W a device, times {factor:g} for cooling and the rest": (
        "每个设备 {watts:.0f} W，乘以 {factor:g}（冷却等）"
    ),
    "{grams:.0f} g a kWh": "每千瓦时 {grams:.0f} 克",
    "money": "费用",
    "--price of a device-hour tells it": "用 --price 给出每设备小时的价格",
    "{price:g} each": "每设备小时 {price:g}",
    "{hours} device-hours, {price}": "{hours} 设备小时，{price}",
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
    "Make the model smaller, or its rows shorter (model.max_seq_len).": (
        "请缩小模型，或缩短每行（model.max_seq_len）。"
    ),
    "training needs about {needed:.1f} GiB, and this machine has {there:.1f} GiB": (
        "训练约需 {needed:.1f} GiB，而这台机器有 {there:.1f} GiB"
    ),
    "Set pretrain.micro_batch_rows={rows}.": "请设置 pretrain.micro_batch_rows={rows}。",
    "`yanmo plan` says what a recipe needs.": "`yanmo plan` 会说明一个配方需要多少。",
    "the probe ended by itself": "试训练进程自行结束了",
    "Plan without it: --no-probe.": "请不用试训练来规划：--no-probe。",
    "{preset}: there is time for {ratio:.1f} tokens for each parameter, where 20 are the best use"
    " of compute (Hoffmann et al. 2022).": (
        "{preset}：时间够每个参数看 {ratio:.1f} 个词元；计算利用最好的是 20 个"
        "（Hoffmann 等，2022）。"
    ),
    "preset   parameters   memory      tokens   tokens a parameter": (
        "预设           参数     内存        词元   每参数词元"
    ),
    "{preset}, the smallest: even it sees {ratio:.1f} tokens for each parameter, and 20 are the"
    " best use of compute (Hoffmann et al. 2022). More time would help most.": (
        "{preset}，最小的预设：它每个参数也只能看 {ratio:.1f} 个词元，而计算利用最好的是 20 个"
        "（Hoffmann 等，2022）。增加时间最有帮助。"
    ),
    "{preset} would see {ratio:.1f} only.": "{preset} 只能看 {ratio:.1f} 个。",
    "'{text}' is no size of memory": "“{text}”不是内存大小",
    "not even {preset} fits: it needs {needed:.1f} GiB of {there:.1f}": (
        "连 {preset} 也放不下：需要 {needed:.1f} GiB，只有 {there:.1f} GiB"
    ),
    "{preset} does not fit into memory.": "{preset} 放不进内存。",
    "Write 8GB, 512MB or 16GiB.": "请写成 8GB、512MB 或 16GiB。",
    "Lower pretrain.micro_batch_rows or model.max_seq_len.": (
        "请调小 pretrain.micro_batch_rows 或 model.max_seq_len。"
    ),
    "does not fit": "放不下",
    "this needs {needed:.1f} GiB, and the machine has {there:.1f} GiB. {hint}": (
        "这需要 {needed:.1f} GiB，而这台机器有 {there:.1f} GiB。{hint}"
    ),
    "time x design power: {cores:.1f} cores of {watts:g} W": (
        "时间 × 设计功率：{cores:.1f} 个核，每核 {watts:g} W"
    ),
    "{watts:g} W, as told": "按所给的 {watts:g} W",
    "time x power limit of the GPU, {watts:.0f} W": "时间 × GPU 功率上限 {watts:.0f} W",
    "in training weights {w}, gradients {g}, optimiser {o}, activations and logits {a}, libraries"
    " {b}": "训练中权重 {w}、梯度 {g}、优化器 {o}、激活与词表得分 {a}、程序库 {b}",
    "weights and what the optimiser keeps; at most {count} at once": (
        "权重与优化器所保存的；最多同时有 {count} 个"
    ),
    "the largest of {stages}; {parts}": "取各阶段的最大值：{stages}；{parts}",
    "about {epochs:.1f} times through the train split, by the size of the sources": (
        "按来源大小估计，约把训练部分读 {epochs:.1f} 遍"
    ),
    "checkpoints, the model folder, text and tokens": "检查点、模型文件夹、文本与词元",
    "by the price of an hour": "按每小时价格",
    "{family} cannot be planned for a cluster": "{family} 无法为集群规划",
    "the model of a cluster knows decoders without experts": "集群模型只认识没有专家层的解码器",
    "there is nothing to plan": "没有要规划的内容",
    "a size is proposed for a time, not for {budget}": "规模按时间提出，而不是按 {budget}",
    "there is no model to plan": "没有要规划的模型",
    "Of an hour of this machine, or of one accelerator.": "这台机器或一个加速器每小时的价格。",
    "What a recipe or a model costs before it is run, on this machine or a cluster.": (
        "在运行之前估计一个配方或模型在本机或集群上的开销。"
    ),
    "Name a recipe, or a model and a cluster: --shape llama2-70b --gpus 1024.": (
        "请给出一个配方，或一个模型和一个集群：--shape llama2-70b --gpus 1024。"
    ),
    "Name a recipe, a known model (--shape), or write a section [shape].": (
        "请给出一个配方、一个已知模型（--shape），或写出 [shape] 一节。"
    ),
    "Propose a size of model for this time, such as 30min.": "为这段时间提出模型规模，如 30min。",
    "Memory that the proposal may take, such as 8GB.": "提出的规模可用的内存，如 8GB。",
    "A TOML file that describes a cluster.": "描述一个集群的 TOML 文件。",
    "Accelerators of the cluster.": "集群的加速器数。",
    "Kind of accelerator, such as h100-80gb.": "加速器的种类，如 h100-80gb。",
    "Accelerators of a node.": "每个节点的加速器数。",
    "A known model instead of a recipe, such as llama2-70b.": (
        "代替配方的已知模型，如 llama2-70b。"
    ),
    "Training tokens on the cluster, such as 2T.": "在集群上的训练词元数，如 2T。",
    "Of this machine, or of an accelerator.": "这台机器或一个加速器的功率（瓦）。",
    "Grams of CO2 for a kWh of electricity.": "每千瓦时电力的二氧化碳克数。",
    "Show how close published runs are met.": "显示与已发表的训练相差多少。",
    "the processes that time messages ended by themselves": "测量通信的进程自行结束了",
    "Measure without them: --no-collective.": "请不测通信：--no-collective。",
    "{family}, {layers} x {width}, {rows} rows of {length} tokens": (
        "{family}，{layers} × {width}，{rows} 行，每行 {length} 个词元"
    ),
    "measuring {number} of {count}: {what}": "正在测量 {number}/{count}：{what}",
    "products of matrices": "矩阵乘",
    "bandwidth of the memory": "内存带宽",
    "messages between two processes": "两个进程之间的通信",
    "steps of training": "训练步",
    "writing text": "生成文本",
    "products, float32": "矩阵乘，float32",
    "products, bfloat16": "矩阵乘，bfloat16",
    "memory, copy": "内存，复制",
    "memory, triad": "内存，三元组",
    "read and written": "读与写",
    "two processes, {backend}": "两个进程，{backend}",
    "sum of 16 MiB": "16 MiB 求和",
    "sum of one number": "一个数求和",
    "{flops} in {dtype}, {mfu:.0%} of the products (MFU)": (
        "{flops}，{dtype}，为矩阵乘的 {mfu:.0%}（MFU）"
    ),
    "{first}; {second}": "{first}；{second}",
    "writing": "生成",
    "writing, {form}": "生成，{form}",
    "first token {first:,.1f} ms after a prompt of {count}, {memory:,.1f} MiB; {about}": (
        "首个词元 {first:,.1f} 毫秒（提示 {count} 个词元），{memory:,.1f} MiB；{about}"
    ),
    "Measure this machine: products, memory, messages, training, writing.": (
        "测量这台机器：矩阵乘、内存、通信、训练、生成。"
    ),
    "Whose model is trained; a standard one else.": "训练哪个配方的模型；否则用标准模型。",
    "Time messages between two processes too.": "也测量两个进程之间的通信。",
    "device": "设备",
    "counted by the processor (RAPL)": "由处理器计数（RAPL）",
    "processor time by the design power of a core, since no counter can be read here": (
        "处理器时间乘以每核设计功率，因为这里读不到计数器"
    ),
    "Training took {energy} Wh, {source}; with the electricity of the world's average that is"
    " {grams} g of CO2.": (
        "训练耗电 {energy} Wh，{source}；按世界平均电力，合 {grams} 克二氧化碳。"
    ),
    "Tokens of a step on the cluster, such as 4M.": "在集群上每步的词元数，如 4M。",
    "trained:": "要训练的：",
    "measured as they are:": "只测量、不训练的：",
    "from {model}": "从 {model} 开始",
    "{family} with random weights": "{family}，从随机权重开始",
    "on a corpus of {kinds}": "语料为 {kinds}",
}
