"""Running a queue: processes are started, preempted and watched until nothing is left to do.

A job is a `yanmo run` of its own, with its own log. It is preempted by SIGTERM, upon which it saves
a checkpoint; started again it goes on exactly where it was. Memory is reserved by what a job asked
for, and corrected by what it is seen to use.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from yanmo.core.console import Console
from yanmo.core.errors import Interrupted
from yanmo.core.lock import hold_lock
from yanmo.core.messages import t
from yanmo.core.parent_process import PARENT_VARIABLE
from yanmo.core.process_memory import memory_of_tree
from yanmo.core.text_width import cut_to_width
from yanmo.pipeline.queue.choice import Limits, choose_jobs, why_waiting
from yanmo.pipeline.queue.jobs import Job, JobFolder

POLL_S = 0.2
WATCH_POLL_S = 2.0
SAVE_GRACE_S = 600.0
"""Longest time for a preempted job to save; then it is killed, and goes on from its checkpoint."""
_HEADROOM = 1.1
"""What a job reserves in its next attempt, over what it was seen to use."""
_SAID_CELLS = 160
"""Of what a failed job said last, as many cells of a terminal are shown."""


@dataclass
class _Running:
    job: Job
    process: subprocess.Popen[bytes]
    asked_to_stop_at: float | None = None


class QueueRun:
    """One run of a queue.

    Args:
        folder: the queue.
        limits: what all jobs may take together.
        console: where what happens is told.
    """

    def __init__(self, folder: JobFolder, limits: Limits, console: Console) -> None:
        self._folder = folder
        self._limits = limits
        self._console = console
        self._running: dict[int, _Running] = {}
        self._is_stopping = False
        self._told: dict[int, str] = {}

    def run(self, *, is_watching: bool) -> None:
        """Run jobs until none waits; with `is_watching` wait for more.

        Raises:
            Interrupted: a signal came; running jobs have saved and wait again.
            RunError: another process runs this queue.
        """
        with hold_lock(self._folder.folder):
            self._console.note(_describe(self._limits))
            previous = {n: signal.signal(n, self._stop) for n in (signal.SIGINT, signal.SIGTERM)}
            try:
                self._put_back_what_ran()
                while self._step() or (is_watching and not self._is_stopping):
                    time.sleep(POLL_S if self._running else WATCH_POLL_S)
            finally:
                for number, handler in previous.items():
                    signal.signal(number, handler)
                self._kill_all()
        if self._is_stopping:
            raise Interrupted(t("the queue has stopped; its jobs wait where they were"))

    def _step(self) -> bool:
        """Look at everything once; whether there is still something to do."""
        self._collect_ended()
        self._watch_memory()
        if self._is_stopping:
            for running in self._running.values():
                self._ask_to_stop(running)
        else:
            choice = choose_jobs(self._folder.jobs(), self._limits)
            for job in choice.impossible:
                self._refuse(job)
            for job in choice.preempt:
                self._ask_to_stop(self._running[job.id])
            for job in choice.start:
                self._start(job)
            self._explain_waiting()
        waiting = [job for job in self._folder.jobs() if job.status == "waiting"]
        return bool(self._running) or (bool(waiting) and not self._is_stopping)

    def _start(self, job: Job) -> None:
        log = self._folder.log_path(job).open("ab")
        command = [sys.executable, "-m", "yanmo", "run", job.recipe, *job.overrides]
        with log:
            process = subprocess.Popen(
                [*command, "--out", job.out],
                cwd=job.working_dir,
                env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        started = self._folder.update(
            job, status="running", num_starts=job.num_starts + 1, reason=""
        )
        self._running[job.id] = _Running(started, process)
        self._tell(started, t("started") if job.num_starts == 0 else t("goes on"))

    def _explain_waiting(self) -> None:
        """Tell each job that has to wait why, once for each reason."""
        running = [one.job for one in self._running.values()]
        for job in self._folder.jobs():
            if job.status != "waiting" or not running:
                continue
            reason = why_waiting(job, running, self._limits)
            # Why a job was put back says more than that it waits again.
            if reason != self._told.get(job.id) and job.reason in ("", self._told.get(job.id)):
                self._told[job.id] = reason
                self._folder.update(job, reason=reason)
                self._tell(job, reason)

    def _collect_ended(self) -> None:
        for running in list(self._running.values()):
            code = running.process.poll()
            if code is None:
                continue
            del self._running[running.job.id]
            if code == 0:
                self._folder.update(running.job, status="done", exit_code=0)
                self._tell(running.job, t("done"))
            elif running.asked_to_stop_at is not None:
                self._put_back(running.job, t("made room for another job"))
            else:
                log = self._folder.log_path(running.job)
                reason = t("exit code {code}; see {log}", code=code, log=log)
                if said := _last_said(log):
                    reason = f"{said} ({reason})"
                self._folder.update(running.job, status="failed", exit_code=code, reason=reason)
                self._console.warn(t("job {id} failed: {why}", id=running.job.id, why=reason))

    def _watch_memory(self) -> None:
        """Note what jobs use. Together beyond the limit, the least important one makes room and
        reserves in its next attempt what it used; alone beyond the limit, it fails."""
        used = {}
        for number, running in self._running.items():
            used[number] = memory_of_tree(running.process.pid)
            if used[number] > 1.05 * running.job.peak_memory_bytes:
                peak = {"peak_memory_bytes": used[number]}
                running.job = self._folder.update(running.job, **peak)
        if sum(used.values()) <= self._limits.memory_bytes:
            return
        candidates = [r for r in self._running.values() if r.asked_to_stop_at is None]
        if candidates and not any(r.asked_to_stop_at for r in self._running.values()):
            least = min(candidates, key=lambda r: (r.job.priority, -r.job.id))
            needed = int(_HEADROOM * used[least.job.id])
            least.job = self._folder.update(
                least.job, memory_bytes=max(least.job.memory_bytes, needed)
            )
            self._tell(least.job, t("uses more memory than it asked for, and is put back"))
            self._ask_to_stop(least)

    def _ask_to_stop(self, running: _Running) -> None:
        now = time.monotonic()
        if running.asked_to_stop_at is None:
            running.asked_to_stop_at = now
            running.process.send_signal(signal.SIGTERM)
        elif now - running.asked_to_stop_at > SAVE_GRACE_S:
            running.process.kill()

    def _put_back(self, job: Job, reason: str) -> None:
        self._folder.update(
            job, status="waiting", num_preemptions=job.num_preemptions + 1, reason=reason
        )
        self._tell(job, t("put back: {reason}", reason=reason))

    def _put_back_what_ran(self) -> None:
        """Jobs of a queue that was killed go on; they died with it."""
        for job in self._folder.jobs():
            if job.status == "running":
                self._folder.update(job, status="waiting", reason=t("the queue was killed"))

    def _refuse(self, job: Job) -> None:
        reason = t(
            "needs {needed:.1f} GiB and all jobs together may use {limit:.1f}: make it smaller, or"
            " run the queue with a larger --memory",
            needed=job.memory_bytes / 2**30,
            limit=self._limits.memory_bytes / 2**30,
        )
        self._folder.update(job, status="failed", reason=reason)
        self._console.warn(t("job {id} failed: {why}", id=job.id, why=reason))

    def _kill_all(self) -> None:
        for running in self._running.values():
            running.process.kill()
        for running in self._running.values():
            running.process.wait()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _tell(self, job: Job, what: str) -> None:
        name = Path(job.out).name
        self._console.note(t("job {id} ({name}): {what}", id=job.id, name=name, what=what))


def _describe(limits: Limits) -> str:
    return t(
        "all jobs together may use {memory:.1f} GiB; at most {jobs} {jobs:runs|run} side by side",
        memory=limits.memory_bytes / 2**30,
        jobs=limits.num_jobs,
    )


def _last_said(log: Path) -> str:
    """The last sentence of a log, without the advice that is indented below it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line for line in lines if line and not line[0].isspace()]
    return cut_to_width(said[-1], _SAID_CELLS) if said else ""
