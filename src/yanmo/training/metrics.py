"""`metrics.jsonl` and `samples.jsonl`: one JSON object a line, the truth about a run.

After an interruption the lines of steps that will be run again are dropped, so that every step
stands in the file once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from yanmo.core.files import write_atomically


class StepLog:
    """An append-only file of rows that carry a `step`.

    Args:
        path: the file; made when missing.
        keep_until: rows of later steps are dropped, and so is a line that a crash cut off.
        is_writing: False on all but one of several processes: nothing is then opened or written.
    """

    def __init__(self, path: Path, *, keep_until: int, is_writing: bool = True) -> None:
        self._file: TextIO | None = None
        if not is_writing:
            return
        rows = [row for row in read_rows(path) if row["step"] <= keep_until]
        write_atomically(path, "".join(_to_line(row) for row in rows))
        self._file = path.open("a", encoding="utf-8")

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one row and hand it to the operating system."""
        if self._file is not None:
            self._file.write(_to_line(row))
            self._file.flush()

    def sync(self) -> None:
        """Make everything written so far survive a power cut."""
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All whole rows of a step log; none when there is no file. A torn last line is left out."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        rows.append(row)
    return rows


def last_step(path: Path) -> int | None:
    """The optimiser steps that a step log has come to; None where it holds no row yet."""
    if not path.is_file():
        return None
    for line in reversed(path.read_bytes().splitlines()):
        try:
            return int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            continue  # a torn last line
    return None


def _to_line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"
