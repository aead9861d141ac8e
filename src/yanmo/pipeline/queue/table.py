"""The jobs of a queue as a table for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from yanmo.core.messages import t
from yanmo.core.text_width import cell_width
from yanmo.pipeline.queue.jobs import Job, JobFolder

_WORDS = (2, 6, 7)
"""Columns of words."""


def describe_jobs(folder: JobFolder, read_step: Callable[[Path], int | None]) -> list[str]:
    """The queue as lines of a table under a heading, the next job first; none where it is empty."""
    rows = [_row(job, read_step) for job in sorted(folder.jobs(), key=_place)]
    if not rows:
        return []
    headings = (
        t("job"),
        t("priority"),
        t("state"),
        t("reserved"),
        t("used"),
        t("step"),
        t("folder"),
        t("why"),
    )
    table = [headings, *rows]
    widths = [max(cell_width(row[column]) for row in table) for column in range(len(headings))]
    return [_line(row, widths) for row in table]


def _place(job: Job) -> tuple[int, int]:
    return -job.priority, job.id


def _row(job: Job, read_step: Callable[[Path], int | None]) -> tuple[str, ...]:
    step = read_step(Path(job.out))
    status = {
        "waiting": t("waiting"),
        "running": t("running"),
        "done": t("done"),
        "failed": t("failed"),
    }[job.status]
    return (
        str(job.id),
        str(job.priority),
        status,
        _gibibytes(job.memory_bytes),
        _gibibytes(job.peak_memory_bytes) if job.peak_memory_bytes else "-",
        "-" if step is None else f"{step}/{job.num_steps}",
        Path(job.out).name,
        job.reason,
    )


def _gibibytes(num_bytes: int) -> str:
    return f"{num_bytes / 2**30:.1f} GiB"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Numbers to the right, words to the left, in columns as wide as a terminal shows them."""
    cells = []
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - cell_width(cell))
        cells.append(cell + gap if column in _WORDS else gap + cell)
    return "  ".join(cells).rstrip()
