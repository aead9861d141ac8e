"""How often a test split was opened, by which models: a log that is only ever added to.

A figure on a test split means what it says as long as nobody chose by it. So every opening is
written to `test_openings.jsonl` in the run's own directory, beside the stages and not inside one,
where clearing a stage does not reach it; each line names the hash of the line before, so that a
line taken out or changed later shows (but for the last one). Validation splits are free and leave
no trace here. Knows no task and no model but by name and hash.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from yanmo.core.errors import RunError
from yanmo.core.messages import t

OPENINGS_NAME = "test_openings.jsonl"


@dataclass(frozen=True)
class Opening:
    """One time that a model was scored on a test split.

    Args:
        time: when, ISO 8601 in UTC.
        task: which task's test split.
        num_items: how many of its items were scored.
        model: what was scored, such as `finetune/sst/model`.
        model_hash: of its weights or manifest: two openings with the same hash are of one model.
        config_hash: of the settings of the evaluation.
        what: the command or stage that opened it.
    """

    time: str
    task: str
    num_items: int
    model: str
    model_hash: str
    config_hash: str
    what: str = "evaluate"


@dataclass(frozen=True)
class OpeningLog:
    """What a run's log of openings holds.

    Args:
        openings: in the order in which they were written.
        num_damaged: lines that could not be read; each was an opening, too.
        is_whole: whether every line follows the one that stands before it.
    """

    openings: tuple[Opening, ...] = ()
    num_damaged: int = 0
    is_whole: bool = True

    def of(self, task: str) -> tuple[Opening, ...]:
        """The openings of one task's test split."""
        return tuple(each for each in self.openings if each.task == task)

    def num_models(self, task: str) -> int:
        """How many different models have seen the test split of a task."""
        return len({each.model_hash for each in self.of(task)})


def record_opening(
    run_dir: Path,
    *,
    task: str,
    num_items: int,
    model: str,
    model_hash: str,
    config_hash: str,
    what: str = "evaluate",
) -> OpeningLog:
    """Add a line to the run's log, before the test split is scored; it is on disk on return.

    Args:
        run_dir: the directory of the run, which exists.
        task, num_items, model, model_hash, config_hash, what: as in `Opening`.

    Returns:
        The log with the new opening in it.

    Raises:
        RunError: the log cannot be written; the split should not be opened then.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    opening = Opening(now, task, num_items, model, model_hash, config_hash, what)
    path = run_dir / OPENINGS_NAME
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            before = file.read()
            # A crash may have left half a line; it stays as it is and is counted.
            start = b"\n" if before and not before.endswith(b"\n") else b""
            row = asdict(opening) | {"previous": _hash_of_last(before)}
            line = json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
            file.write(start + line)
            file.flush()
            os.fsync(file.fileno())
            return _parsed(before + start + line)
    except OSError as error:
        raise RunError(
            t("the opening of the test split cannot be recorded"),
            where=str(path),
            why=error.strerror or str(error),
            hint=t("Make the folder of the run writable; the test split stays closed until then."),
        ) from error


def read_openings(run_dir: Path) -> OpeningLog:
    """The log of a run; empty where nothing was opened.

    Raises:
        RunError: the log is there and cannot be read.
    """
    path = run_dir / OPENINGS_NAME
    try:
        return _parsed(path.read_bytes())
    except FileNotFoundError:
        return OpeningLog()
    except OSError as error:
        raise RunError(
            t("the record of test openings cannot be read"),
            where=str(path),
            why=error.strerror or str(error),
        ) from error


def opening_warning(log: OpeningLog, task: str) -> str | None:
    """What a reader has to know about the openings of a test split; None where it is unspent.

    A second look with the same model gives nothing away; one with another model does, because
    whoever keeps the better of two has chosen by the test split.
    """
    if not log.is_whole or log.num_damaged:
        return t(
            "The record of test openings has been changed or damaged: {file} no longer shows how"
            " often the test split was opened.",
            file=OPENINGS_NAME,
        )
    models = log.num_models(task)
    if models < 2:
        return None
    return t(
        "The test split of {task} has been opened {times} times, by {models} different models. If"
        " its figures decided anything, they are too good; choose by the validation split.",
        task=task,
        times=len(log.of(task)),
        models=models,
    )


def _hash_of_last(content: bytes) -> str:
    """The hash of the last line, or an empty string where there is none."""
    lines = [line for line in content.split(b"\n") if line]
    return sha256(lines[-1]).hexdigest() if lines else ""


def _parsed(content: bytes) -> OpeningLog:
    openings: list[Opening] = []
    num_damaged = 0
    is_whole = True
    expected = ""
    for line in content.split(b"\n"):
        if not line:
            continue
        row = _row(line)
        if row is None:
            num_damaged += 1
        else:
            is_whole &= row["previous"] == expected
            openings.append(Opening(**{name: row[name] for name in _names()}))
        expected = sha256(line).hexdigest()
    return OpeningLog(tuple(openings), num_damaged, is_whole)


def _row(line: bytes) -> dict[str, Any] | None:
    """The object in a line, or None where it is none or lacks a field."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if not isinstance(row, dict) or not {*_names(), "previous"} <= set(row):
        return None
    return row


def _names() -> Sequence[str]:
    return [field.name for field in fields(Opening)]
