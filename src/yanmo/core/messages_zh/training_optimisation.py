"""Chinese messages of optimisation: schedules, batch size, early stopping, averages, forgetting."""

CHINESE: dict[str, str] = {
    'schedule.{field} has no effect with "{name}"; it belongs to {names}': (
        "schedule.{field} 对“{name}”不起作用；它属于 {names}"
    ),
    "batch_warmup.start_rows = {start} must be a divisor of batch_rows = {rows}, smaller than it,"
    " and a multiple of micro_batch_rows = {micro}": (
        "batch_warmup.start_rows = {start} 必须是 batch_rows = {rows} 的约数且小于它，"
        "并且是 micro_batch_rows = {micro} 的倍数"
    ),
    'batch_warmup has no place in row_order = "contiguous": every row of a batch goes on where the'
    " one before it stopped": (
        'row_order = "contiguous" 时不能使用 batch_warmup：批次中的每一行都接着前一批的同一行继续'
    ),
    "batch_warmup.start_rows = {rows} cannot be divided among {ranks} data ranks": (
        "batch_warmup.start_rows = {rows} 无法平均分给 {ranks} 个数据并行的进程"
    ),
    "Make it a multiple of {ranks}.": "请让它成为 {ranks} 的倍数。",
    # settings against the length of the run
    'schedule "step" would never fall: every_steps = {every}, and warm-up leaves {left} of {steps}'
    " {steps:step|steps}; lower schedule.every_steps, or raise steps": (
        "学习率按“step”永远不会下降：every_steps = {every}，而 {steps} 步中预热后只剩 {left} 步；"
        "请调低 schedule.every_steps，或增加 steps"
    ),
    'schedule "plateau" would never fall: {count} {count:validation comes|validations come} before'
    " the last step, the first of them sets the best, and schedule.patience = {patience}; lower it,"
    " or pretrain.validate_every": (
        "学习率按“plateau”永远不会下降：最后一步之前只有 {count} 次验证，第一次即为最好成绩，"
        "而 schedule.patience = {patience}；请调低它，或调低 pretrain.validate_every"
    ),
    "batch_warmup.steps = {warmup} leaves none of the {steps} {steps:step|steps} a whole batch;"
    " lower it, or raise steps": (
        "batch_warmup.steps = {warmup}，而总共只有 {steps} 步，永远到不了完整的批次；"
        "请调低它，或增加 steps"
    ),
    "{name} = {every} is never due in {steps} {steps:step|steps}; lower it, raise steps, or leave"
    " it out": "{name} = {every} 在 {steps} 步之内一次也轮不到；请调低它、增加 steps，或删去它",
    "keep_every = {keep} keeps no checkpoint: none of those made every {every} {every:step|steps},"
    " up to step {steps}, is of a step that it divides; make it a multiple of checkpoint_every, or"
    " leave it out": (
        "keep_every = {keep} 留不下任何检查点：每 {every} 步一个、直到第 {steps} 步的检查点中，"
        "没有一个的步数能被它整除；请设为 checkpoint_every 的倍数，或删去它"
    ),
    "early_stopping cannot end this run: its patience is {patience}, and training has {count}"
    " {count:validation|validations}; the best weights are kept all the same": (
        "early_stopping 不会提前结束这次运行：patience 是 {patience}，而训练中只有 {count} 次验证；"
        "最好的权重仍会保留"
    ),
    "the learning rate decays over {left} {left:step|steps}, not {decay}: warm-up takes {warmup} of"
    " {steps}": (
        "学习率在 {left} 步内下降，而不是 {decay} 步：共 {steps} 步，预热占去 {warmup} 步"
    ),
    'schedule.final_frac = 1 keeps "{name}" from ever falling; lower it, or take name ='
    ' "constant"': (
        'schedule.final_frac = 1 使“{name}”永远不会下降；请调低它，或用 name = "constant"'
    ),
    "optimizer.nesterov looks ahead along the momentum, and momentum = 0; raise it, or leave"
    " nesterov out": (
        "optimizer.nesterov 沿动量方向前看，而 momentum = 0；请调高 momentum，或删去 nesterov"
    ),
    # going on from a model that exists
    "tokenizer.vocab_size is not the size of the tokenizer that is taken": (
        "tokenizer.vocab_size 与所取用的分词器的大小不符"
    ),
    "Set tokenizer.vocab_size = {size}.": "请设置 tokenizer.vocab_size = {size}。",
    "tokenizer: {entries:,} entries, taken from {folder}": (
        "分词器：{entries:,} 个词条，取自 {folder}"
    ),
    "the model to begin from has another shape than the recipe's": (
        "作为起点的模型与配方中的模型形状不同"
    ),
    "Give the section [model] the numbers that made that model.": (
        "请让 [model] 一节使用生成那个模型的数值。"
    ),
    "its tokenizer is another one than that of this run": "它的分词器与本次运行的分词器不同",
    'Take that tokenizer for this run too: tokenizer.take_from = "{folder}".': (
        '请让本次运行也使用那个分词器：tokenizer.take_from = "{folder}"。'
    ),
    "training begins with the weights of {path}": "训练从 {path} 的权重开始",
    "model.initial_embedding has no effect with pretrain.init_from, which brings an embedding of"
    " its own": "有 pretrain.init_from 时 model.initial_embedding 不起作用：前者自带词嵌入",
    "pretrain.noise_scale_every needs gradients of parts of a batch: it goes with neither"
    " parallel.pipeline nor parallel.local_sgd": (
        "pretrain.noise_scale_every 需要批次各部分的梯度："
        "它不能与 parallel.pipeline 或 parallel.local_sgd 同用"
    ),
    "there is no model to begin from": "没有可作为起点的模型",
    "the old domain lost {change:.3f} {unit}: {before:.3f} before, {after:.3f} after": (
        "旧领域损失了 {change:.3f} {unit}：之前 {before:.3f}，之后 {after:.3f}"
    ),
    "the old domain gained {change:.3f} {unit}: {before:.3f} before, {after:.3f} after": (
        "旧领域改善了 {change:.3f} {unit}：之前 {before:.3f}，之后 {after:.3f}"
    ),
    "nats per token": "奈特/词元",
    # the end of a run
    "the model is that of step {step}, the best validation by the task's metric; its loss is"
    " {loss:.4f}": "模型取自第 {step} 步，按任务指标验证最佳，其损失为 {loss:.4f}",
    "the model is that of step {step}, the best validation: loss {loss:.4f}": (
        "模型取自第 {step} 步，即验证最好的一步：损失 {loss:.4f}"
    ),
    "stopped early after step {step}: {patience} {patience:validation|validations} brought no new"
    " best; {result}": (
        "在第 {step} 步之后提前停止：连续 {patience} 次验证没有新的最好成绩；{result}"
    ),
    "no validation was better than the one before training: nothing has been learned that it"
    " shows": "没有一次验证好于训练之前的那一次：从验证看，什么也没有学到",
    "the gradient noise scale is about {noise:,.0f} tokens, averaged over the run; a batch has"
    " {batch:,.0f}.": (
        "梯度噪声尺度约为 {noise:,.0f} 个词元（整个运行的平均）；一个批次有 {batch:,.0f} 个。"
    ),
    "Smaller batches would learn as much from fewer tokens.": (
        "更小的批次可以用更少的词元学到同样多。"
    ),
    "Larger batches would need fewer steps for nearly the same tokens.": (
        "更大的批次可以用几乎同样多的词元、更少的步数完成。"
    ),
    "That is a good size.": "这个大小合适。",
    "the gradient noise scale could not be told from so few measurements": (
        "测量次数太少，无法得出梯度噪声尺度"
    ),
    # the learning-rate range test
    "loss over learning rate": "损失随学习率的变化",
    "step {step} of {steps}: learning rate {rate:.2e}, loss {loss:.4f}": (
        "第 {step} 步，共 {steps} 步：学习率 {rate:.2e}，损失 {loss:.4f}"
    ),
    "curve: {path}": "曲线：{path}",
    "the loss fell at no learning rate: look at the data, or sweep a wider range": (
        "没有任何学习率使损失下降：请检查数据，或扫描更宽的范围"
    ),
    "the loss fell fastest at {steepest:.2g} and was lowest at {lowest:.2g}. A tenth of that is a"
    " good peak for a run: {setting}={rate:.2g}. The recipe has {recipe:.2g}.": (
        "损失在 {steepest:.2g} 处下降最快，在 {lowest:.2g} 处最低。后者的十分之一是合适的峰值："
        "{setting}={rate:.2g}。配方中是 {recipe:.2g}。"
    ),
    "the loss fell fastest at {rate:.2g} and rose nowhere in this range: begin with"
    " {setting}={rate:.2g}, or sweep a wider range. The recipe has {recipe:.2g}.": (
        "损失在 {rate:.2g} 处下降最快，在此范围内没有上升：请从 {setting}={rate:.2g} 开始，"
        "或扫描更宽的范围。配方中是 {recipe:.2g}。"
    ),
    # what `yanmo ls` says
    "Adam: decay is scaled as the gradient is": "Adam：衰减与梯度一同缩放",
    "Adafactor: next to no state, rates relative to the weights": (
        "Adafactor：几乎没有状态，学习率相对于权重大小"
    ),
    "Lion: the sign of a momentum, half of AdamW's state": (
        "Lion：取动量的符号，状态是 AdamW 的一半"
    ),
    "gradient descent, with momentum unless it is 0": "梯度下降，带动量（动量为 0 时不带）",
    "stays at the peak": "保持在峰值",
    "falls with the root of the steps": "随步数的平方根下降",
    "falls by a factor every so many steps": "每隔若干步乘以一个因子下降",
    "falls by a factor when the validation loss stops falling": (
        "验证损失不再下降时乘以一个因子下降"
    ),
    # the report
    "penalty on the weights, nats": "权重惩罚（奈特）",
    "gradient noise scale, tokens": "梯度噪声尺度（词元）",
    "loss on the old domain, nats per token": "旧领域上的损失（奈特/词元）",
    "loss on the old domain": "旧领域上的损失",
    "bits per byte of the old domain": "旧领域每字节的比特数",
    # the command lr-find
    "Sweep the learning rate over a recipe's data; suggest one.": (
        "在配方的数据上扫描学习率，并给出建议。"
    ),
    "Steps of the sweep.": "扫描的步数。",
    "The least rate that is tried.": "尝试的最小学习率。",
    "The greatest rate that is tried.": "尝试的最大学习率。",
    "there is no range from {low} to {high}": "从 {low} 到 {high} 不成范围",
    "Give two rates above zero, the lower one first.": "请给出两个大于零的学习率，小的在前。",
}
