"""Tasks on the processes of this machine.

Comes in: a job and the tasks to do. Goes out: nothing; every task has been done when it returns. A
worker that ends in the middle of a task is replaced, and the task is begun again.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, DataError, RunError, YanmoError
from yanmo.core.messages import t
from yanmo.corpus.engine.job import Job, Phase

MAX_DEATHS_OF_TASK = 100
"""A task is given up when so many workers have ended in it. Each record that ends its worker costs
two of them."""
_MAX_QUICK_DEATHS = 5
_ERRORS: dict[str, type[YanmoError]] = {e.__name__: e for e in (ConfigError, DataError, RunError)}

Report = Callable[[dict[str, Any]], None]
"""Told each message of a worker: `documents` and `bytes` that have passed, or the task `done`."""


class LocalPool:
    """Worker processes on this machine; use it in a `with` statement.

    Args:
        job: the build; its `job.json` must have been written.
        num_workers: how many tasks run at a time.
    """

    def __init__(self, job: Job, num_workers: int) -> None:
        self._job = job
        self._num_workers = num_workers
        self._workers: list[_Worker] = []

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(self, *_error: object) -> None:
        for worker in self._workers:
            worker.end()

    def do(self, phase: Phase, indices: Sequence[int], report: Report) -> None:
        """Do tasks, in no particular order.

        Raises:
            YanmoError: a task cannot be done.
            OSError: the system would not let a worker read or write, such as on a full disk.
        """
        waiting = list(reversed(indices))
        deaths: Counter[int] = Counter()
        while len(self._workers) < min(self._num_workers, len(waiting)):
            self._workers.append(_Worker(self._job.work_dir))
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                selector.register(worker.output, selectors.EVENT_READ, worker)
                worker.begin(phase, waiting.pop() if waiting else None)
            while any(worker.task is not None for worker in self._workers):
                for key, _ in selector.select():
                    worker = key.data
                    for message in worker.read_messages():
                        _raise_error_in(message)
                        report(message)
                        if "done" in message:
                            worker.begin(phase, waiting.pop() if waiting else None)
                    if worker.has_ended:
                        selector.unregister(worker.output)
                        worker = self._replace(worker, phase, deaths)
                        selector.register(worker.output, selectors.EVENT_READ, worker)

    def _replace(self, dead: _Worker, phase: Phase, deaths: Counter[int]) -> _Worker:
        """A new worker that begins again what the dead one was doing."""
        task = dead.task
        status = dead.end()
        worker = _Worker(self._job.work_dir)
        self._workers[self._workers.index(dead)] = worker
        if task is not None:
            deaths[task] += 1
            is_risky = self._job.tasks[task].is_risky and phase == "read"
            limit = MAX_DEATHS_OF_TASK if is_risky else _MAX_QUICK_DEATHS
            if deaths[task] >= limit:
                raise RunError(
                    t("a worker ended {count} times in the same task", count=deaths[task]),
                    where=self._job.tasks[task].files[0].name,
                    why=_why_ended(status),
                    hint=t(
                        "Run the same command again to go on from there; if memory ran out, with"
                        " fewer corpus.engine.workers."
                    ),
                )
        worker.begin(phase, task)
        return worker


class _Worker:
    """One process, and the task that it is doing."""

    def __init__(self, work_dir: Path) -> None:
        self.task: int | None = None
        self.has_ended = False
        self._read = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "yanmo.corpus.engine.worker", str(work_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        assert self._process.stdout is not None, "the process has a pipe"
        self.output = self._process.stdout.fileno()

    def begin(self, phase: Phase, task: int | None) -> None:
        """Hand the process a task; None lets it wait."""
        self.task = task
        if task is None:
            return
        assert self._process.stdin is not None, "the process has a pipe"
        try:
            self._process.stdin.write(json.dumps([phase, task]).encode() + b"\n")
        except BrokenPipeError:
            return  # it has ended; reading from it will say so, and another one gets the task

    def read_messages(self) -> list[dict[str, Any]]:
        """What the process has said since the last call; waits until there is something."""
        block = os.read(self.output, 65_536)
        self.has_ended = not block
        *lines, self._read = (self._read + block).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self) -> int:
        """End the process. Gives its exit status, negative for a signal."""
        if self._process.poll() is None and not self.has_ended:
            self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return status


def _raise_error_in(message: dict[str, Any]) -> None:
    """Raise what a worker could not deal with."""
    if error := message.get("error"):
        kind = _ERRORS.get(error.pop("kind"), RunError)
        raise kind(**error)
    if defect := message.get("defect"):
        raise RuntimeError(f"in a worker of the corpus engine:\n{defect}")
    if error := message.get("system_error"):
        raise OSError(error["errno"], error["text"])


def _why_ended(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        return t("killed by {signal}", signal=signal.Signals(-status).name)
    return t("exit status {status}", status=status)
