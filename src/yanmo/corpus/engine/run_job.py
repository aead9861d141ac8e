"""A job from its first task to its last: read, decide, finish.

Comes in: a job. Goes out: nothing; afterwards every task has its two directories. Whatever an
earlier run has done is taken as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from yanmo.core.console import Console
from yanmo.core.messages import t
from yanmo.corpus.engine.decisions import decide_all
from yanmo.corpus.engine.job import TASK_NAME, Job, Phase
from yanmo.corpus.engine.local_pool import LocalPool, Report
from yanmo.corpus.engine.plan import Plan
from yanmo.corpus.engine.ray_cluster import RayCluster
from yanmo.corpus.engine.worker import do_task
from yanmo.corpus.sources.files import no_text_error
from yanmo.corpus.sources.reading import Unreadable

_SMALL_BYTES = 20_000_000
"""Less input than this is not worth starting processes for, unless it is risky to parse."""


class _Workers(Protocol):
    """Whoever does tasks."""

    def do(self, phase: Phase, indices: Sequence[int], report: Report) -> None:
        """Do tasks, in no particular order."""


def run_job(job: Job, plan: Plan, console: Console) -> None:
    """Do everything that is still to be done of a job.

    Raises:
        YanmoError: something of it cannot be done.
    """
    with _workers_for(job) as workers:
        _run_phase(job, "read", workers, console)
        _check_that_paths_gave_text(job, plan)
        decide_all(job, console)
        _run_phase(job, "finish", workers, console)
    console.end_progress()


def _workers_for(job: Job) -> AbstractContextManager[_Workers]:
    """The workers that the configuration asks for; none but this process for small work."""
    engine = job.config.engine
    if engine.kind == "ray":
        return RayCluster(job)
    num_workers = min(engine.workers or os.cpu_count() or 1, len(job.tasks))
    is_risky = any(task.is_risky for task in job.tasks)
    is_small = sum(task.num_bytes for task in job.tasks) < _SMALL_BYTES
    if not is_risky and (num_workers == 1 or is_small):
        return nullcontext(_ThisProcess(job))
    return LocalPool(job, num_workers)


class _ThisProcess:
    """Does the tasks itself, one after the other."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def do(self, phase: Phase, indices: Sequence[int], report: Report) -> None:
        """Do tasks, in order."""
        for index in indices:
            do_task(
                self._job,
                phase,
                index,
                lambda documents, size: report({"documents": documents, "bytes": size}),
                is_watched=False,
            )
            report({"done": index})


def _run_phase(job: Job, phase: Phase, workers: _Workers, console: Console) -> None:
    """Do the tasks of a phase that have not been done, and show how far they are."""
    to_do = [index for index in range(len(job.tasks)) if not job.is_done(phase, index)]
    done = len(job.tasks) - len(to_do)
    if done and to_do:
        console.note(
            t("corpus: {done} of {total} tasks were done before", done=done, total=len(job.tasks))
        )
    documents = num_bytes = 0
    started_at = time.monotonic()

    def report(message: dict[str, Any]) -> None:
        nonlocal done, documents, num_bytes
        done += "done" in message
        documents += message.get("documents", 0)
        num_bytes += message.get("bytes", 0)
        seconds = max(time.monotonic() - started_at, 1e-3)
        literal = {
            "read": t("corpus: reading"),
            "finish": t("corpus: finishing"),
        }
        console.progress(
            t(
                "{doing}, {done}/{total} tasks, {documents} documents, {megabytes:.1f} MB of text,"
                " {rate:.1f} MB/s",
                doing=literal[phase],
                done=done,
                total=len(job.tasks),
                documents=documents,
                megabytes=num_bytes / 1e6,
                rate=num_bytes / 1e6 / seconds,
            )
        )

    if to_do:
        workers.do(phase, to_do, report)


def _check_that_paths_gave_text(job: Job, plan: Plan) -> None:
    """Refuse a corpus in which a path of the recipe gave nothing.

    Raises:
        DataError: names the path and the first thing that was wrong with it.
    """
    texts: dict[tuple[int, int], int] = {}
    problems: dict[tuple[int, int], Unreadable] = {}
    for index, task in enumerate(job.tasks):
        path = job.task_dir("read", index) / TASK_NAME
        content = json.loads(path.read_text(encoding="utf-8"))
        key = (task.source, task.path)
        texts[key] = texts.get(key, 0) + content["num_texts"]
        if content["first_problem"] and key not in problems:
            problems[key] = Unreadable(*content["first_problem"])
    for (source, path_index), num_texts in texts.items():
        if not num_texts:
            for index, task in enumerate(job.tasks):
                if (task.source, task.path) == (source, path_index):
                    shutil.rmtree(job.task_dir("read", index))  # once mended, it is read again
            problem = problems.get((source, path_index))
            raise no_text_error(plan.paths[source][path_index], problem)
