"""The Chinese wording of what `yanmo.pipeline` says; the report has its own file."""

CHINESE: dict[str, str] = {
    "there is no run whose forgetting could be measured": "没有可用来测量遗忘的运行",
    "Give the folder of a run, such as runs/NAME.": "请给出一个运行的文件夹，例如 runs/NAME。",
    # stages and why they run
    "unfinished": "尚未完成",
    "not made yet": "尚未制作",
    "{name} is missing or truncated": "{name} 缺失或不完整",
    "changed: {names}": "有变化：{names}",
    "the version of yanmo": "yanmo 的版本",
    "{names} will run first": "{names} 会先运行",
    "the earlier result is kept in {path}": "先前的结果保留在 {path}",
    "the {split} split has no tokens": "{split} 部分没有词元",
    "Give more text, or raise corpus.split.{split}_frac.": (
        "请提供更多文本，或调大 corpus.split.{split}_frac。"
    ),
    "{family} with {params:,} parameters on {device} in {dtype}: {steps} {steps:step|steps} of"
    " {batch:,} tokens, {epochs:.1f} times through the train split": (
        "{family}，{params:,} 个参数，在 {device} 上以 {dtype} 训练：{steps} 步，"
        "每步 {batch:,} 个词元，共过训练集 {epochs:.1f} 遍"
    ),
    "fitting the {order}-gram baseline": "正在拟合 {order} 元语法基线",
    "scoring {count:,} held-out {count:document|documents}": "正在为 {count:,} 篇留出的文档打分",
    # looking back
    "this path lies in no run": "这个路径不属于任何运行",
    "A run is a folder with a recipe.toml; `yanmo runs ls` lists them.": (
        "运行是含有 recipe.toml 的文件夹；`yanmo runs ls` 可列出它们。"
    ),
    "there is no such file or folder": "没有这个文件或文件夹",
    "no stage made this file": "这个文件不是任何阶段做出的",
    "Name something in one of: {names}.": "请给出下列文件夹之一中的内容：{names}。",
    "this stage is unfinished": "这个阶段尚未完成",
    "{path} was made by stage {stage}": "{path} 由 {stage} 阶段做出",
    "from:": "来自：",
    "and from it:": "由它又做出：",
    "(made again since: {hash})": "（此后已重做：{hash}）",
    # doctor
    "Make room: a run and its checkpoints need a few GiB.": (
        "请腾出空间：一次运行连同检查点需要几 GiB。"
    ),
    "{gib:.1f} GiB free here": "此处有 {gib:.1f} GiB 可用",
    "not installed": "没有安装",
    "yes": "支持",
    "no; training on the CPU uses float32": "不支持；在 CPU 上用 float32 训练",
    "no GPU that torch can use; everything runs on the CPU": (
        "没有 torch 可用的 GPU；一切都在 CPU 上运行"
    ),
    "Only needed for pretrain.compile = true on the CPU.": (
        "只有在 CPU 上设 pretrain.compile = true 时才需要。"
    ),
    "none": "无",
    # plan
    "{count:,} without embeddings": "不含嵌入为 {count:,}",
    "FLOPs": "浮点运算",
    "{count:,} a token, forward and backward": "每词元 {count:,}，含前向与反向",
    "memory": "内存",
    "disk": "磁盘",
    "{speed:,.0f} tokens/s in a probe of {steps} steps on {device}": (
        "在 {device} 上实测 {steps} 步，每秒 {speed:,.0f} 个词元"
    ),
    "the corpus has not been encoded yet": "语料尚未编码",
    "{epochs:.1f} times through the train split": "共过训练集 {epochs:.1f} 遍",
    # verify-resume
    "training {steps} steps without interruption": "不中断地训练 {steps} 步",
    "kill {index} of {kills}": "第 {index} 次杀死，共 {kills} 次",
    "{kills} {kills:kill|kills}, {saves} of them while a checkpoint was written, {resumed} with a"
    " checkpoint to go on from; {steps} steps": (
        "杀死 {kills} 次，其中 {saves} 次正在写检查点，"
        "{resumed} 次留有可续训的检查点；共 {steps} 步"
    ),
    "every loss and the final weights are identical: {hash}": (
        "每一步的损失与最终权重完全相同：{hash}"
    ),
    "NOT identical: weights {expected} and {found}, first different loss at step {step}": (
        "不相同：权重为 {expected} 与 {found}，损失自第 {step} 步起不同"
    ),
    "the training process ended by itself": "训练进程自行结束了",
    "Its output is in {path}.": "它的输出在 {path}。",
    "the disk is full": "磁盘已满",
    "a file could not be read or written": "有文件无法读取或写入",
    "{name!r} cannot be the name of a folder": "{name!r} 不能用作文件夹的名称",
    "evaluate.stride_tokens = {stride} is more than the context, model.max_seq_len = {context}": (
        "evaluate.stride_tokens = {stride} 大于上下文长度 model.max_seq_len = {context}"
    ),
    "this folder holds files that no run made": "这个文件夹里有不是运行做出的文件",
    "this is a file; a run needs a folder": "这是一个文件；运行需要文件夹",
    "this file would be overwritten, and no run made it": (
        "这个文件会被覆盖，而它不是任何运行做出的"
    ),
    "Give another folder with --out.": "请用 --out 另给一个文件夹。",
    "there is not enough memory": "内存不足",
    "Make the model smaller or lower pretrain.micro_batch_rows; `yanmo plan` says what"
    " a recipe needs.": (
        "请缩小模型，或调小 pretrain.micro_batch_rows；`yanmo plan` 会说明一个配方需要多少。"
    ),
    "no kill left a checkpoint to go on from: raise --steps to prove more": (
        "没有一次终止留下可供续训的检查点：请调大 --steps，才更有说服力"
    ),
    "the processes have stopped; a checkpoint is saved": "各进程已停止；检查点已保存",
    "the processes have ended with an error": "进程因错误结束",
    "exit code {code}; what went wrong stands above": "退出码 {code}；原因见上文",
    "; {count} {count:process|processes}": "；{count} 个进程",
}
