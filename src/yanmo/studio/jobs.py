"""Jobs: runs that the studio has started, each a process of its own that outlives the studio.

A job is two files in the folder of its run: `job.json` says what was started and how it ended,
`job.log` is what it printed. Whether it is alive is asked of the system, never remembered. Stopping
is what Ctrl-C does: the run saves a checkpoint, and the same command goes on from there.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from yanmo.core.errors import RunError
from yanmo.core.files import write_json
from yanmo.core.lock import LOCK_NAME
from yanmo.core.messages import language, t

JOB_NAME = "job.json"
LOG_NAME = "job.log"
RECIPE_NAME = "recipe.toml"
_BEGINNING_S = 5.0
_KILLED_BY_USER = {130, -signal.SIGINT, -signal.SIGTERM}


@dataclass(frozen=True)
class Job:
    """What `job.json` says.

    Attributes:
        command: its words after `yanmo`.
        working_dir: where it was started; relative paths of the recipe are seen from there.
        pid: of the process that watches it.
        child: of `yanmo` itself.
        exit_code: None while it goes on, or where its end was not seen.
    """

    command: tuple[str, ...]
    working_dir: str
    started_at: float
    pid: int | None = None
    child: int | None = None
    exit_code: int | None = None
    ended_at: float | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it ended by an error, not by a wish to stop."""
        return self.exit_code not in (None, 0, *_KILLED_BY_USER)

    @property
    def text(self) -> str:
        """The command as one types it."""
        return shlex.join(["yanmo", *self.command])


def read_job(run_dir: Path) -> Job | None:
    """The job of a run; None where the studio started none, or its file is damaged."""
    try:
        fields = json.loads((run_dir / JOB_NAME).read_bytes())
        return Job(**{**fields, "command": tuple(fields["command"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_job(run_dir: Path, job: Job) -> None:
    """Store `job` as it is now."""
    write_json(run_dir / JOB_NAME, asdict(job))


def start_job(run_dir: Path, command: Sequence[str], working_dir: Path) -> Job:
    """Start `yanmo COMMAND...` for the run in `run_dir`, in a session of its own.

    Raises:
        RunError: the run is going on already.
    """
    if running_pid(run_dir) is not None or is_beginning(run_dir):
        raise RunError(t("this run is going on already"), where=str(run_dir))
    job = Job(tuple(command), str(working_dir), time.time())
    write_job(run_dir, job)
    environment = {**os.environ, "YANMO_LANG": language()}
    with (run_dir / LOG_NAME).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "yanmo.studio.job_process", str(run_dir)],
            cwd=working_dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _reap_when_ended(process)
    return job


def stop_run(run_dir: Path) -> int:
    """Ask the run in `run_dir` to stop, as Ctrl-C does; the process that was asked.

    Raises:
        RunError: it is not going on, or belongs to somebody else.
    """
    pid = running_pid(run_dir)
    if pid is None:
        raise RunError(t("this run is not going on"), where=str(run_dir))
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        raise RunError(t("this run is not going on"), where=str(run_dir)) from None
    except PermissionError as error:
        raise RunError(
            t("this run belongs to another user of the machine"), where=str(run_dir)
        ) from error
    return pid


def running_pid(run_dir: Path) -> int | None:
    """The process that works on the run in `run_dir`: it holds the folder's lock, or is a job that
    is only beginning; None where none does."""
    lock = run_dir / LOCK_NAME
    holder = _read_pid(lock)
    if holder is not None and _has_open(holder, lock):
        return holder
    job = read_job(run_dir)
    if job is None or job.exit_code is not None:
        return None
    if job.child is not None and _mentions(job.child, str(run_dir / RECIPE_NAME)):
        return job.child
    watches = job.pid is not None and _mentions(job.pid, str(run_dir))
    return job.pid if watches else None


def is_beginning(run_dir: Path) -> bool:
    """Whether a job was started so lately that its process need not be there yet."""
    job = read_job(run_dir)
    return (
        job is not None
        and job.pid is None
        and job.exit_code is None
        and time.time() - job.started_at < _BEGINNING_S
    )


def usual_command(run_dir: Path) -> tuple[str, ...]:
    """The command that makes or goes on with the run in `run_dir`."""
    return ("run", str(run_dir / RECIPE_NAME), "--out", str(run_dir))


def _read_pid(lock: Path) -> int | None:
    try:
        return int(lock.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def _has_open(pid: int, path: Path) -> bool:
    """Whether process `pid` has `path` open; where the system does not tell, whether it lives."""
    folder = Path("/proc") / str(pid) / "fd"
    if not Path("/proc/self/fd").is_dir():
        return _is_alive(pid)
    try:
        target = path.resolve()
        return any(link.readlink() == target for link in folder.iterdir())
    except PermissionError:
        return _is_alive(pid)
    except OSError:
        return False


def _mentions(pid: int, word: str) -> bool:
    """Whether process `pid` lives and was started with `word`."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists() and _is_alive(pid)
    return word.encode() in words


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _reap_when_ended(process: subprocess.Popen[bytes]) -> None:
    """Take the ended process from the system's table; a studio that is gone need not."""
    threading.Thread(target=process.wait, daemon=True).start()
