"""The learned model's folder as other software would have written it: no chat template of ours."""

from __future__ import annotations

import json
from pathlib import Path


def strip_our_specials(folder: Path) -> None:
    """Rename a special token, so that the tokenizer is no longer recognised as ours."""
    path = folder / "tokenizer.json"
    text = path.read_text(encoding="utf-8").replace("<|sop|>", "<|other|>")
    json.loads(text)
    path.write_text(text, encoding="utf-8")
