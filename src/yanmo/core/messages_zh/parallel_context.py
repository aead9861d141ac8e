"""Chinese messages of `parallel.context` and `parallel.local_sgd`: rows and copies in parts."""

CHINESE: dict[str, str] = {
    "only a causal Transformer can share the positions of its rows": (
        "只有因果 Transformer 能把一行的各个位置分给多个进程"
    ),
    "Set context = 1 and use replicate or shard.": "请设 context = 1，改用 replicate 或 shard。",
    "rows of {length} positions cannot be cut into {chunks} equal chunks": (
        "{length} 个位置的行不能切成 {chunks} 个等长的块"
    ),
    "with context = {size} every row is cut into twice as many chunks": (
        "context = {size} 时，每行切成两倍数目的块"
    ),
    "Take a multiple of {chunks}.": "请取 {chunks} 的倍数。",
    "{name} = {count} {count:head|heads} cannot be divided among {sharers} processes": (
        "{name} = {count} 个头不能平均分给 {sharers} 个进程"
    ),
    "`ulysses` exchanges whole heads for positions": "`ulysses` 用整个的头交换位置",
    "Use context_attention = 'all_gather', which divides no heads.": (
        "请用 context_attention = 'all_gather'，它不拆分头。"
    ),
    "local_sgd averages copies, and there is one": "local_sgd 要平均多个副本，而这里只有一个",
    "Set replicate to at least 2, or leave local_sgd out.": (
        "请把 replicate 设为至少 2，或去掉 local_sgd。"
    ),
    "{name} looks at every step, and steps are others on every copy": (
        "{name} 要看每一步，而各副本的步并不相同"
    ),
    "Leave one of the two out.": "请去掉其中之一。",
    "{name} = {steps} {steps:step does|steps do} not fall on averages every {every} steps": (
        "{name} = {steps} 步与每 {every} 步一次的平均不在同一步"
    ),
    "between two averages every copy is another": "两次平均之间，各副本互不相同",
    "Make it a multiple of {every}.": "请取 {every} 的倍数。",
}
