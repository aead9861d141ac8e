"""Chinese messages of the metrics of tasks, of significance and of the baselines."""

CHINESE: dict[str, str] = {
    "{verdict}: {metric} {difference:+.4f}, 95% interval [{low:+.4f}, {high:+.4f}],"
    " p = {p:.4f} ({test}, {items:,} {items:item|items})": (
        "{verdict}：{metric} 相差 {difference:+.4f}，95% 区间 [{low:+.4f}, {high:+.4f}]，"
        "p = {p:.4f}（{test}，{items:,} 条）"
    ),
    "exact McNemar": "精确 McNemar 检验",
    "paired bootstrap": "配对自助法",
    "there is no item to measure on": "没有可供评测的条目",
}
