"""The Chinese wording of what `yanmo.corpus.extraction` says."""

CHINESE: dict[str, str] = {}
