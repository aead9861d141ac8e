"""Reads what evaluations of tasks left in a run: reports, wrong items, openings of test splits.

Comes in: a run directory. Goes out: a `TaskFiles` for each evaluated task, in the order of their
names, the record of openings, and a sentence for everything that could not be read. Nothing is
written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from yanmo.core.errors import DataError, RunError
from yanmo.core.messages import t
from yanmo.evaluation.openings import OpeningLog, read_openings
from yanmo.evaluation.task_report import (
    ITEMS_NAME,
    REPORT_NAME,
    ItemRow,
    TaskReport,
    read_items,
    read_task_report,
    worst_items,
)
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX
from yanmo.pipeline.task_outcomes import task_name

NUM_ITEMS_SHOWN = 50


@dataclass(frozen=True)
class TaskFiles:
    """One evaluated task.

    Args:
        place: its directory inside the run, such as `finetune/sst/evaluate`.
        report: what was found.
        wrong: the first wrong items, or the worst ones where nothing is right or wrong.
        num_wrong: wrong items in all; None where nothing is right or wrong.
    """

    place: str
    report: TaskReport
    wrong: tuple[ItemRow, ...] = ()
    num_wrong: int | None = None

    @property
    def name(self) -> str:
        """The task, told apart from the same one of another section."""
        return task_name(self.report.task, "/".join(self.place.split("/")[:2]))


@dataclass
class EvaluatedTasks:
    """All evaluated tasks of a run."""

    tasks: list[TaskFiles] = field(default_factory=list)
    openings: OpeningLog = field(default_factory=OpeningLog)
    problems: list[str] = field(default_factory=list)


def read_tasks(run_dir: Path) -> EvaluatedTasks:
    """What there is; a file that cannot be read is named in `problems`."""
    found = EvaluatedTasks()
    paths = [
        *run_dir.glob(f"finetune/*/evaluate/{REPORT_NAME}"),
        *run_dir.glob(f"finetune/*/evaluate/*/{REPORT_NAME}"),  # a section with several tasks
        *run_dir.glob(f"measure/*/{REPORT_NAME}"),
        *run_dir.glob(f"measure/*/*/{REPORT_NAME}"),
        *run_dir.glob(f"prompt/*/{REPORT_NAME}"),
    ]
    put_aside = (PREVIOUS_SUFFIX, UNFINISHED_SUFFIX)
    for path in sorted(paths):
        if path.relative_to(run_dir).parts[1].endswith(put_aside):
            continue  # an earlier result is no part of the run
        try:
            report = read_task_report(path)
        except DataError as error:
            found.problems.append(_cannot_read(run_dir, path, error))
            continue
        wrong: list[ItemRow] = []
        num_wrong = None
        items_path = path.with_name(ITEMS_NAME)
        if items_path.is_file():
            try:
                rows = read_items(items_path)
                wrong = worst_items(rows, NUM_ITEMS_SHOWN)
                if any(row.is_right is not None for row in rows):
                    num_wrong = sum(row.is_right is False for row in rows)
            except DataError as error:
                found.problems.append(_cannot_read(run_dir, items_path, error))
        place = path.parent.relative_to(run_dir).as_posix()
        found.tasks.append(TaskFiles(place, report, tuple(wrong), num_wrong))
    try:
        found.openings = read_openings(run_dir)
    except RunError as error:
        found.problems.append(t("{what}: {why}", what=error.what, why=error.why))
    return found


def _cannot_read(run_dir: Path, path: Path, error: DataError) -> str:
    return t(
        "{file} could not be read: {why}",
        file=path.relative_to(run_dir).as_posix(),
        why=error.why or error.what,
    )
