"""The formats that rows are read from, by name.

Knows no reader, so that a configuration can name a format without loading one.
"""

from __future__ import annotations

from typing import Literal

from yanmo.core.messages import t

RowFormat = Literal["jsonl", "json", "csv", "tsv", "parquet", "conll", "lines"]
"""JSON objects one a line, an array of objects, tables, blocks of tokens, or plain lines."""

FORMATS_BY_ENDING: dict[str, RowFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".conll": "conll",
    ".bio": "conll",
    ".bmes": "conll",
    ".txt": "lines",
}
"""What the ending of a file's name stands for."""


def format_hint(likely: RowFormat) -> str:
    """What to type where a file is not in the format that was taken."""
    return t(
        'Say which it is: format = "{format}" in a recipe, --format {format} on the command line.',
        format=likely,
    )
