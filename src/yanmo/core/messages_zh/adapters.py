"""Chinese messages about adapters: low-rank matrices and prompts beside a frozen model."""

CHINESE: dict[str, str] = {
    "this model has no matrix {target} to put an adapter beside": (
        "这个模型没有可以添加适配器的矩阵 {target}"
    ),
    "It has: {names}.": "它有：{names}。",
}
