"""The evaluations of a run's tasks and their items: found, narrowed down, set beside each other.

Comes in: a run directory, or the rows of `items.parquet`. Goes out: reports by their place, rows
that a reader asks for, and what two models that answered the same items differ in. Knows no model;
shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from yanmo.core.errors import DataError
from yanmo.evaluation.bootstrap import bootstrap_sums, central_interval
from yanmo.evaluation.openings import read_openings
from yanmo.evaluation.significance import mcnemar_p
from yanmo.evaluation.task_report import (
    ITEMS_NAME,
    REPORT_NAME,
    ItemRow,
    TaskReport,
    read_items,
    read_task_report,
)
from yanmo.evaluation.task_table import predictor_name
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX

PLACES = (
    "finetune/*/evaluate",
    "finetune/*/evaluate/*",
    "measure/*",
    "measure/*/*",
    "prompt/*",
)
"""Where evaluations of tasks lie in a run."""

Answered = Literal["all", "right", "wrong", "differing"]
Order = Literal["split", "worst", "best", "sure", "unsure"]

_NUM_DRAWS = 1000


@dataclass(frozen=True)
class PlacedReport:
    """A report and the folder that it lies in, seen from the run."""

    place: str
    report: TaskReport


@dataclass(frozen=True)
class Wanted:
    """Which items a reader asks for.

    Attributes:
        answered: right or wrong ones; `differing` where another model answered otherwise.
        text: what the item, its gold or its prediction must hold, in any case of letters.
        gold, predicted: exactly this class; None for any.
        order: of the split, by score, or by the confidence of the model.
    """

    answered: Answered = "all"
    text: str = ""
    gold: str | None = None
    predicted: str | None = None
    order: Order = "split"


@dataclass(frozen=True)
class PairedItems:
    """Two models on the same items.

    Attributes:
        num_items: items that both answered.
        both, only_first, only_second, neither: items that are right; None where nothing is right or
            wrong.
        p_value: exact McNemar; None where nothing is right or wrong.
        mean_difference: of the items' scores, first minus second; None where items have none.
        interval: 95% of it, by paired bootstrap.
    """

    num_items: int
    both: int | None = None
    only_first: int | None = None
    only_second: int | None = None
    neither: int | None = None
    p_value: float | None = None
    mean_difference: float | None = None
    interval: tuple[float, float] | None = None


def find_reports(run_dir: Path) -> tuple[list[PlacedReport], list[DataError]]:
    """The evaluated tasks of a run by place, and what could not be read."""
    found: list[PlacedReport] = []
    problems: list[DataError] = []
    paths = {path for place in PLACES for path in run_dir.glob(f"{place}/{REPORT_NAME}")}
    for path in sorted(paths):
        place = path.parent.relative_to(run_dir)
        if place.parts[1].endswith((PREVIOUS_SUFFIX, UNFINISHED_SUFFIX)):
            continue  # an earlier result is no part of the run
        try:
            found.append(PlacedReport(place.as_posix(), report_of(path)))
        except DataError as error:
            problems.append(error)
    return found, problems


def report_of(path: Path) -> TaskReport:
    """The report in a file; read once, until the file is another one.

    Raises:
        DataError: it cannot be read.
    """
    try:
        found = path.stat()
    except OSError:
        return read_task_report(path)  # which says why
    return _report_once(path, found.st_mtime_ns, found.st_size)


def items_of(folder: Path) -> tuple[ItemRow, ...]:
    """The items beside a report; none where they were not written.

    Raises:
        DataError: the file cannot be read.
    """
    path = folder / ITEMS_NAME
    try:
        found = path.stat()
    except OSError:
        return ()
    return _items_once(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _report_once(path: Path, _mtime_ns: int, _size: int) -> TaskReport:
    return read_task_report(path)


@lru_cache(maxsize=8)
def _items_once(path: Path, _mtime_ns: int, _size: int) -> tuple[ItemRow, ...]:
    return tuple(read_items(path))


def choose_items(
    rows: Sequence[ItemRow], wanted: Wanted, others: Mapping[str, ItemRow] | None = None
) -> list[int]:
    """The places of the items that are asked for, in the order that is asked for.

    Args:
        rows: of the model.
        wanted: which ones.
        others: by id, what another model made of them.
    """
    text = wanted.text.lower()
    chosen = [
        place
        for place, row in enumerate(rows)
        if _is_answered(row, wanted.answered, others)
        and (wanted.gold is None or row.gold == wanted.gold)
        and (wanted.predicted is None or row.predicted == wanted.predicted)
        and (not text or _holds(row, text))
    ]
    key = _KEYS.get(wanted.order)
    return chosen if key is None else sorted(chosen, key=lambda place: key(rows[place]))


def pair_items(rows: Sequence[ItemRow], others: Mapping[str, ItemRow]) -> PairedItems:
    """What two models that answered the same items differ in."""
    pairs = [(row, others[row.id]) for row in rows if row.id in others]
    judged = [(a.is_right, b.is_right) for a, b in pairs if None not in (a.is_right, b.is_right)]
    first = np.array([bool(a) for a, _ in judged], dtype=np.bool_)
    second = np.array([bool(b) for _, b in judged], dtype=np.bool_)
    paired = PairedItems(len(pairs))
    if judged:
        paired = PairedItems(
            len(pairs),
            both=int((first & second).sum()),
            only_first=int((first & ~second).sum()),
            only_second=int((second & ~first).sum()),
            neither=int((~first & ~second).sum()),
            p_value=mcnemar_p(first, second),
        )
    differences = [
        a.score - b.score for a, b in pairs if a.score is not None and b.score is not None
    ]
    if len(differences) < 2:
        return paired
    values = np.stack([np.array(differences, dtype=np.float64), np.ones(len(differences))])
    drawn = bootstrap_sums(values, num_draws=_NUM_DRAWS, seed=0)
    low, high = central_interval(drawn[:, 0] / drawn[:, 1])
    return replace(paired, mean_difference=float(values[0].mean()), interval=(low, high))


def openings_of(run_dir: Path, task: str) -> dict[str, int]:
    """How often the test split of a task was opened in this run, and by how many models.

    Raises:
        RunError: the log cannot be read.
    """
    log = read_openings(run_dir)
    return {"openings": len(log.of(task)), "models": log.num_models(task)}


def shown_name(predictor: str) -> str:
    """The name of a model or a baseline in the reader's language."""
    return predictor_name(predictor)


def _is_answered(row: ItemRow, answered: Answered, others: Mapping[str, ItemRow] | None) -> bool:
    match answered:
        case "right":
            return row.is_right is True
        case "wrong":
            return row.is_right is False
        case "differing":
            other = (others or {}).get(row.id)
            return other is not None and other.predicted != row.predicted
    return True


def _holds(row: ItemRow, text: str) -> bool:
    parts = (row.id, row.text, row.gold or "", row.predicted)
    return any(text in part.lower() for part in parts)


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else value


_KEYS: Mapping[Order, Callable[[ItemRow], float]] = {
    "worst": lambda row: _number(row.score, float("inf")),
    "best": lambda row: -_number(row.score, float("-inf")),
    "sure": lambda row: -_number(row.confidence, float("-inf")),
    "unsure": lambda row: _number(row.confidence, float("inf")),
}
