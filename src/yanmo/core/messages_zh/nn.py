"""Chinese messages of `nn`: settings of layers that do not fit each other."""

CHINESE: dict[str, str] = {
    "{field} has no effect in {kind} rotary scaling": "{field} 对 {kind} 旋转位置缩放不起作用",
    "{kind} rotary scaling needs original_max_seq_len": (
        "{kind} 旋转位置缩放需要 original_max_seq_len"
    ),
    "beta_fast must be greater than beta_slow": "beta_fast 必须大于 beta_slow",
    "high_freq_factor must be greater than low_freq_factor": (
        "high_freq_factor 必须大于 low_freq_factor"
    ),
}
