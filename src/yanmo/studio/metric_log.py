"""`metrics.jsonl` in columns, read on as it grows.

In: a path. Out: every number of every whole row by its key. A last line that is still being
written is left for later; a line that cannot be read is counted and passed over. A file that was
written anew (a run that goes on from a checkpoint drops the rows after it) is read from its start,
under a new `generation`. Knows rows, nothing of curves.
"""

from __future__ import annotations

import math
import os
import threading
from array import array
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

METRICS_NAME = "metrics.jsonl"
_KEPT_LOGS = 64
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass
class _Column:
    """The values of one key, and the rows that they stand in."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))


class MetricLog:
    """One file. `refresh` reads what is new; everything else answers from memory.

    Attributes:
        generation: how often the file was begun anew.
        num_rows: rows read.
        num_unreadable: lines that were no row.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reset(0)

    def _reset(self, generation: int) -> None:
        self.generation = generation
        self.num_rows = 0
        self.num_unreadable = 0
        self._offset = 0
        self._inode = -1
        self._steps = array("q")
        self._times = array("d")
        self._tokens = array("d")
        self._columns: dict[str, _Column] = {}

    def refresh(self) -> None:
        """Read what was written since; nothing where the file is missing."""
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    inode = self._inode_of(file.fileno())
                    size = file.seek(0, 2)
                    if self._inode not in (-1, inode) or size < self._offset:
                        self._reset(self.generation + 1)
                    self._inode = inode
                    file.seek(self._offset)
                    content = file.read()
            except FileNotFoundError:
                if self.num_rows:
                    self._reset(self.generation + 1)
                return
            whole = content.rfind(b"\n") + 1
            self._offset += whole
            for line in content[:whole].splitlines():
                self._take(line)

    def keys(self) -> list[str]:
        """The keys that have a number in some row."""
        with self._lock:
            return sorted(self._columns)

    def steps(self) -> _Ints:
        """The step of each row."""
        with self._lock:
            return np.array(self._steps, dtype=np.int64)

    def times(self) -> _Floats:
        """Seconds since 1970 of each row; NaN where it says none."""
        with self._lock:
            return np.array(self._times, dtype=np.float64)

    def tokens(self) -> _Floats:
        """Training tokens before each row; NaN where it says none."""
        with self._lock:
            return np.array(self._tokens, dtype=np.float64)

    def column(self, key: str) -> tuple[_Ints, _Floats]:
        """The rows that have `key`, and its values; both empty where none has."""
        with self._lock:
            found = self._columns.get(key, _Column())
            return np.array(found.rows, dtype=np.int64), np.array(found.values, dtype=np.float64)

    def last(self, key: str) -> float | None:
        """The latest value of `key`."""
        with self._lock:
            found = self._columns.get(key)
            return found.values[-1] if found else None

    @property
    def last_step(self) -> int | None:
        """The step of the last row."""
        with self._lock:
            return self._steps[-1] if self.num_rows else None

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            row = orjson.loads(line)
            step = int(row["step"])
        except (ValueError, KeyError, TypeError):
            self.num_unreadable += 1
            return
        number = self.num_rows
        self._steps.append(step)
        self._times.append(_number(row.get("time")))
        self._tokens.append(_number(row.get("train/tokens")))
        self.num_rows += 1
        for key, value in row.items():
            if key in ("step", "time") or not math.isfinite(_number(value)):
                continue
            column = self._columns.setdefault(key, _Column())
            column.rows.append(number)
            column.values.append(float(value))

    @staticmethod
    def _inode_of(descriptor: int) -> int:
        return os.fstat(descriptor).st_ino


class MetricLogs:
    """The logs that were asked for lately, so that only what is new is read again."""

    def __init__(self) -> None:
        self._logs: OrderedDict[Path, MetricLog] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, directory: Path) -> MetricLog:
        """The log in `directory`, read to its present end."""
        with self._lock:
            log = self._logs.pop(directory, None) or MetricLog(directory / METRICS_NAME)
            self._logs[directory] = log
            while len(self._logs) > _KEPT_LOGS:
                self._logs.popitem(last=False)
        log.refresh()
        return log


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else math.nan
