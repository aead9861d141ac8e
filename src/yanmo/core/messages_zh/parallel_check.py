"""Chinese messages of `parallel.check`: what stands against training on a mesh."""

CHINESE: dict[str, str] = {
    "this model cannot be trained by these processes": "这些进程无法训练这个模型",
    "Change what is named; `replicate` and `shard` work for every model.": (
        "请修改上面指出的各项；`replicate` 和 `shard` 对所有模型都可用。"
    ),
    (
        "pretrain.batch_rows = {rows} {rows:row|rows} cannot be divided among {ranks} data ranks"
        " (replicate times shard)"
    ): "pretrain.batch_rows = {rows} 行无法平分给 {ranks} 个数据进程组（replicate 乘 shard）",
    (
        'pretrain.row_order = "contiguous" carries a state from step to step and is for one process'
    ): 'pretrain.row_order = "contiguous" 会把状态从一步带到下一步，只能用于单个进程',
    "{family} is no Transformer: {fields} can be had with Transformers alone": (
        "{family} 不是 Transformer：{fields} 只适用于 Transformer"
    ),
    'data_parallel = "ddp" goes with replicate alone, not with {fields}; use "fsdp"': (
        'data_parallel = "ddp" 只能单独与 replicate 搭配，不能与 {fields} 同用；请用 "fsdp"'
    ),
    "{field} has no effect without {axes} > 1": "只有 {axes} > 1 时 {field} 才起作用",
    "has_expert_parallel is for mixtures of experts, which {name} is not": (
        "has_expert_parallel 只适用于混合专家模型，而 {name} 不是"
    ),
    "has_expert_parallel needs tensor > 1: experts live along that axis": (
        "has_expert_parallel 需要 tensor > 1：专家沿该轴分布"
    ),
    (
        "{name} = {number} cannot be divided by tensor = {size}; the next that can is {next}"
    ): "{name} = {number} 不能被 tensor = {size} 整除；下一个可整除的数是 {next}",
}
