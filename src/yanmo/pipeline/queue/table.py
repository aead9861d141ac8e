"""The jobs of a queue as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yanmo.core.messages import t
from yanmo.pipeline.queue.jobs import JobFolder


def describe_jobs(folder: JobFolder, read_step: Callable[[Path], int | None]) -> list[str]:
    """The queue as lines of a table, the next one first."""
    lines = []
    for job in sorted(folder.jobs(), key=lambda job: (-job.priority, job.id)):
        step = read_step(Path(job.out))
        progress = "" if step is None else f"{step}/{job.num_steps}"
        memory = f"{max(job.peak_memory_bytes, job.memory_bytes) / 2**30:.1f} GiB"
        status = {
            "waiting": t("waiting"),
            "running": t("running"),
            "done": t("done"),
            "failed": t("failed"),
        }[job.status]
        name = Path(job.out).name
        lines.append(
            f"{job.id:>4}  {job.priority:>4}  {status:8}  {memory:>9}  {progress:>12}  {name}"
            f"  {job.reason}".rstrip()
        )
    return lines
