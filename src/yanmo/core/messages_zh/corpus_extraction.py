"""The Chinese wording of what `yanmo.corpus.extraction` says."""

CHINESE: dict[str, str] = {
    "trafilatura cannot be loaded": "无法载入 trafilatura",
    "Install it: {command}": "请安装：{command}",
    'tables can be chosen with extractor = "yanmo" only': (
        '只有 extractor = "yanmo" 时才能选择 tables'
    ),
}
