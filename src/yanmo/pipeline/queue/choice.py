"""Which jobs of a queue should be running: a pure function of the jobs and the machine's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.core.messages import t
from yanmo.pipeline.queue.jobs import Job


@dataclass(frozen=True)
class Limits:
    """What all running jobs may take together."""

    memory_bytes: int
    num_jobs: int

    def allows(self, jobs: Sequence[Job]) -> bool:
        """Whether these jobs may run side by side."""
        return len(jobs) <= self.num_jobs and _memory_of(jobs) <= self.memory_bytes


@dataclass(frozen=True)
class Choice:
    """What to do now: jobs to start, jobs to preempt for others, jobs that can never run."""

    start: tuple[Job, ...]
    preempt: tuple[Job, ...]
    impossible: tuple[Job, ...]


def choose_jobs(jobs: Sequence[Job], limits: Limits) -> Choice:
    """The jobs that should run are taken greedily by priority, then running ones before waiting
    ones (nothing is preempted for its equal), then in the order in which they were added.

    What is started fits beside everything that still runs, what is being preempted included; so
    the limits hold at every moment. A large job that does not fit yet keeps smaller ones of lower
    priority from taking what it waits for.
    """
    alive = [job for job in jobs if job.status in ("waiting", "running")]
    impossible = [job for job in alive if not limits.allows([job]) and job.status == "waiting"]
    order = sorted(
        (job for job in alive if job not in impossible),
        key=lambda job: (-job.priority, job.status != "running", job.id),
    )
    wanted: list[Job] = []
    for job in order:
        if limits.allows([*wanted, job]):
            wanted.append(job)
    running = [job for job in alive if job.status == "running"]
    start: list[Job] = []
    for job in wanted:
        if job.status == "waiting" and limits.allows([*running, *start, job]):
            start.append(job)
    preempt = [job for job in running if job not in wanted]
    return Choice(tuple(start), tuple(preempt), tuple(impossible))


def why_waiting(job: Job, running: Sequence[Job], limits: Limits) -> str:
    """Why `job` is not among the running ones, for people."""
    if len(running) >= limits.num_jobs:
        return t(
            "waits for its turn: {count} of {limit} {limit:place is|places are} taken",
            count=len(running),
            limit=limits.num_jobs,
        )
    free = limits.memory_bytes - _memory_of(running)
    if job.memory_bytes > free:
        return t(
            "waits for memory: needs {needed:.1f} GiB, {free:.1f} of {limit:.1f} are free",
            needed=job.memory_bytes / 2**30,
            free=max(0.0, free / 2**30),
            limit=limits.memory_bytes / 2**30,
        )
    return t("waits behind a job of higher priority that needs the memory")


def _memory_of(jobs: Sequence[Job]) -> int:
    return sum(job.memory_bytes for job in jobs)
