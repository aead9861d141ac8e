"""Chinese messages of `parallel`: pipelines, their stages and schedules."""

CHINESE: dict[str, str] = {
    "this objective looks at more of the model than its loss, which a pipeline gives": (
        "该训练目标除损失外还要查看模型的其他输出，而流水线只给出损失"
    ),
    "Train it without pipeline stages, or with another objective.": (
        "请不要使用流水线阶段，或换用别的训练目标。"
    ),
    "{schedule} has one stage on each process": "{schedule} 每个进程只有一个阶段",
    "{schedule} has two stages on each process": "{schedule} 每个进程有两个阶段",
    "{schedule} over {processes} processes needs as many parts of a micro-batch or more, not"
    " {parts}": "{schedule} 用 {processes} 个进程时，微批至少要切成同样多的份，而不是 {parts} 份",
    "{schedule} over {processes} processes needs a multiple of them as parts of a micro-batch, not"
    " {parts}": "{schedule} 用 {processes} 个进程时，微批的份数须是其倍数，而不是 {parts}",
    "only a causal Transformer can be cut into pipeline stages": (
        "只有因果 Transformer 能切成流水线阶段"
    ),
    "{layers} {layers:block|blocks} cannot be cut into {stages} pipeline stages": (
        "{layers} 个块无法切成 {stages} 个流水线阶段"
    ),
    "every stage has at least one block": "每个阶段至少要有一个块",
    "Use fewer stages, or a deeper model.": "请减少阶段数，或加深模型。",
    "relative positions are one table for all blocks, and a pipeline cuts it from most": (
        "相对位置由所有块共用一张表，而流水线会使多数块与它分离"
    ),
    "how evenly experts are used is measured over all blocks, and no stage has them all": (
        "专家使用是否均衡要按所有块统计，而没有哪个阶段拥有全部块"
    ),
    "Set pipeline = 1 and use replicate or shard.": "请设 pipeline = 1，改用 replicate 或 shard。",
    "Set balance_loss_weight = 0, or pipeline = 1.": (
        "请设 balance_loss_weight = 0，或 pipeline = 1。"
    ),
    "{schedule} goes back through a block twice, and selective recomputation only once": (
        "{schedule} 会两次反向经过每个块，而选择性重算只允许一次"
    ),
    "Use activation_checkpointing = 'full', or the schedule 1f1b.": (
        "请用 activation_checkpointing = 'full'，或换用 1f1b 调度。"
    ),
    "zbv_zero_bubble has both ends of the model on one process, which cannot tie them": (
        "zbv_zero_bubble 把模型的首尾放在同一进程上，无法共享首尾权重"
    ),
    "copies that take local steps clip apart, which would untie a pipeline's two ends": (
        "各自走本地步的副本分别裁剪梯度，会使流水线首尾的权重不再相同"
    ),
    "Leave local_sgd out, or set tie_embeddings = false.": (
        "请去掉 local_sgd，或设 tie_embeddings = false。"
    ),
    "Use another schedule, or set tie_embeddings = false.": (
        "请换用其他调度，或设 tie_embeddings = false。"
    ),
    "micro-batches of {rows} {rows:row|rows} cannot be cut into {parts} equal parts": (
        "{rows} 行的微批无法切成 {parts} 等份"
    ),
    "parts of a micro-batch follow each other through the pipeline's stages": (
        "微批的各份依次流过流水线的各阶段"
    ),
    "Make pretrain.micro_batch_rows a multiple of {parts}.": (
        "请把 pretrain.micro_batch_rows 设为 {parts} 的倍数。"
    ),
}
