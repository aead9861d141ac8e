"""The process of a candidate, seen from its parent: started, watched, stopped.

Comes in: a folder with a job. Goes out: nothing where it went well, else what went wrong. The
child's own words go to `log.txt`; what the user sees is read from its metrics.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from yanmo.core.console import Console
from yanmo.core.errors import Interrupted, RunError, YanmoError
from yanmo.core.messages import t
from yanmo.pipeline.compare.job import Job
from yanmo.pipeline.compare.result_files import (
    FAILURE_NAME,
    LOG_NAME,
    STEPS_NAME,
    TRAINED_NAME,
    read_json,
    read_keyed,
)
from yanmo.training.metrics import read_rows
from yanmo.training.stop_signal import StopSignal

_POLL_S = 0.2
_SAVING_S = 120.0
"""How long a child that was asked to stop may take to save its checkpoint."""


def run_process(folder: Path, job: Job, console: Console, stop: StopSignal) -> YanmoError | None:
    """Run the candidate in `folder` to its end: None, or the error that it ended with.

    Raises:
        Interrupted: the user asked to stop, and the child has done so.
    """
    (folder / FAILURE_NAME).unlink(missing_ok=True)
    command = [sys.executable, "-m", "yanmo.pipeline.compare.candidate", str(folder)]
    with (folder / LOG_NAME).open("wb") as log:
        # In a session of its own, so that Ctrl-C reaches the parent alone, which then asks once.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
    try:
        code = _watch(process, folder, job, console, stop)
    finally:
        _end(process)
    console.end_progress()
    if code == 0:
        return None
    if stop.is_set or code == Interrupted.exit_code:
        raise Interrupted(t("stopped while {name} was running", name=job.name))
    return _failure(folder, code)


def _watch(
    process: subprocess.Popen[bytes], folder: Path, job: Job, console: Console, stop: StopSignal
) -> int:
    """Show how the child comes along until it ends; its exit code."""
    while True:
        try:
            return process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            if stop.is_set:
                return _stop(process)
            console.progress(_describe(folder, job))


def _stop(process: subprocess.Popen[bytes]) -> int:
    """Have the child save and end; kill it where that takes too long. Its exit code."""
    _ask_to_stop(process)
    try:
        return process.wait(_SAVING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _ask_to_stop(process: subprocess.Popen[bytes]) -> None:
    """Close the child's standard input, which it takes as the wish that it should stop."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave no child behind, however the parent came here."""
    _ask_to_stop(process)
    if process.poll() is None:
        process.kill()
        process.wait()


def _describe(folder: Path, job: Job) -> str:
    """How far the candidate is."""
    started = read_keyed(folder / STEPS_NAME, job.key) or {}
    if job.kind == "ngram":
        return t("{name}: counting", name=job.name)
    if read_keyed(folder / TRAINED_NAME, job.key):
        return t("{name}: scoring held-out documents", name=job.name)
    if not started.get("steps"):
        return t("{name}: getting ready", name=job.name)
    row = _last_row(folder / "metrics.jsonl")
    return t(
        "{name}: step {step} of {steps}, loss {loss}",
        name=job.name,
        step=row.get("step", 0),
        steps=started["steps"],
        loss=f"{row['train/loss']:.3f}" if "train/loss" in row else "-",
    )


def _last_row(path: Path) -> dict[str, float]:
    rows = read_rows(path)
    return next((row for row in reversed(rows) if "train/loss" in row), {})


def _failure(folder: Path, code: int) -> YanmoError:
    """What a child that ended with `code` says went wrong."""
    found = read_json(folder / FAILURE_NAME)
    if found is not None:
        return RunError(
            str(found["what"]), where=found["where"], why=found["why"], hint=found["hint"]
        )
    if code < 0:
        why = t("killed by signal {number}; perhaps memory ran out", number=-code)
    else:
        text = (folder / LOG_NAME).read_text(encoding="utf-8", errors="replace")
        why = next(iter(text.strip().splitlines()[-1:]), str(code))
    return RunError(
        t("the training process ended by itself"),
        where=os.fspath(folder),
        why=why,
        hint=t("Its output is in {path}.", path=folder / LOG_NAME),
    )
