"""Jobs of a queue: one JSON file each, so that adding one and running them need not meet.

A job is a recipe, its overrides and the folder of its run, with a priority and the memory that it
may use. Knows nothing of processes.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.files import write_json
from yanmo.core.messages import t

DEFAULT_QUEUE = Path("runs") / ".queue"
Status = Literal["waiting", "running", "done", "failed"]
_FILE_NAME = re.compile(r"job-([0-9]{4,})\.json")


@dataclass(frozen=True)
class Job:
    """One recipe to be run.

    Attributes:
        id: its number in the queue, from 1.
        recipe: a file, or the name of a shipped recipe, seen from `working_dir`.
        overrides: `key=value` settings.
        out: folder of the run, absolute.
        priority: the higher goes first; among equals the one added first.
        memory_bytes: what is reserved for it.
        num_steps: optimiser steps of its training, to tell progress by.
        num_starts: how often it was started.
        num_preemptions: how often it was stopped for another.
        peak_memory_bytes: the most that it was seen to use.
        reason: why it waits or failed, for people.
    """

    id: int
    recipe: str
    overrides: tuple[str, ...]
    working_dir: str
    out: str
    priority: int
    memory_bytes: int
    num_steps: int
    added_at: float
    status: Status = "waiting"
    num_starts: int = 0
    num_preemptions: int = 0
    peak_memory_bytes: int = 0
    exit_code: int | None = None
    reason: str = ""


class JobFolder:
    """The folder that holds a queue's jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(
        self,
        recipe: str,
        overrides: Sequence[str],
        *,
        out: Path,
        priority: int,
        memory_bytes: int,
        num_steps: int,
    ) -> Job:
        """Add a job; two that are added at once get numbers of their own.

        Raises:
            ConfigError: the folder cannot be written, or another job has the same `out`.
        """
        busy = [job for job in self.jobs() if job.status in ("waiting", "running")]
        for job in busy:
            if job.out == str(out.resolve()):
                raise ConfigError(
                    t("job {id} works in the same folder", id=job.id),
                    where=str(out),
                    hint=t("Give another one with --out."),
                )
        number = max((job.id for job in self.jobs()), default=0) + 1
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while not self._claim(number):
                number += 1
        except OSError as error:
            raise ConfigError(
                t("the queue cannot be written"), where=str(self.folder), why=str(error)
            ) from error
        job = Job(
            id=number,
            recipe=recipe,
            overrides=tuple(overrides),
            working_dir=str(Path.cwd()),
            out=str(out.resolve()),
            priority=priority,
            memory_bytes=memory_bytes,
            num_steps=num_steps,
            added_at=time.time(),
        )
        self.write(job)
        return job

    def jobs(self) -> list[Job]:
        """All jobs in the order of their numbers.

        Raises:
            DataError: a job's file is damaged.
        """
        if not self.folder.is_dir():
            return []
        found = [_read_job(path) for path in sorted(self.folder.iterdir()) if _is_job(path)]
        return [job for job in found if job is not None]

    def find(self, number: int) -> Job:
        """The job with this number.

        Raises:
            ConfigError: there is none.
        """
        for job in self.jobs():
            if job.id == number:
                return job
        raise ConfigError(
            t("there is no job {id}", id=number), hint=t("`yanmo queue ls` lists the jobs.")
        )

    def write(self, job: Job) -> None:
        """Store `job` as it is now."""
        write_json(self._path(job.id), asdict(job))

    def update(self, job: Job, **changes: Any) -> Job:
        """Store `job` with `changes`; gives the changed one."""
        changed = replace(job, **changes)
        self.write(changed)
        return changed

    def remove(self, number: int) -> None:
        """Take a job that is not running out of the queue. Its run's folder stays.

        Raises:
            ConfigError: there is no such job, or it is running.
        """
        if self.find(number).status == "running":
            raise ConfigError(
                t("job {id} is running", id=number),
                hint=t("Stop the queue with Ctrl-C first; it goes on where it was."),
            )
        self._path(number).unlink()

    def log_path(self, job: Job) -> Path:
        """Where what the job prints is kept."""
        return self.folder / f"job-{job.id:04d}.log"

    def _path(self, number: int) -> Path:
        return self.folder / f"job-{number:04d}.json"

    def _claim(self, number: int) -> bool:
        try:
            os.close(os.open(self._path(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            return False
        return True


def _is_job(path: Path) -> bool:
    return _FILE_NAME.fullmatch(path.name) is not None


def _read_job(path: Path) -> Job | None:
    """The job of a file; None where it is being added or has just been removed."""
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    if not content:
        return None
    try:
        fields = json.loads(content)
        return Job(**{**fields, "overrides": tuple(fields["overrides"])})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            t("this job of the queue is damaged"),
            where=str(path),
            why=str(error),
            hint=t("Remove the file and add the job again."),
        ) from error
