"""What a case of malformed input is, and how its files are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Malformed:
    """A section of a recipe, its files, and what must be said of one of them.

    Args:
        fault: what is wrong, for the name of the test.
        config: the section; files are named relative to the folder of `files`.
        files: their contents.
        file: the one that the message names.
        row: the row that it names, counted from 1; None where the file has none to name.
        says: what the message says is wrong.
    """

    fault: str
    config: Mapping[str, Any]
    files: Mapping[str, str | bytes | Callable[[Path], None]]
    file: str
    row: int | None
    says: str
    hint: str = field(default="")


def jsonl(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def parquet(**columns: list[Any]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        pq.write_table(pa.table(columns), path)

    return write


def write(folder: Path, files: Mapping[str, str | bytes | Callable[[Path], None]]) -> None:
    for name, content in files.items():
        if isinstance(content, str):
            (folder / name).write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            content(folder / name)
