"""Tasks on the machines of a Ray cluster.

Comes in: a job whose work folder every machine sees under the same path, and the tasks to do. Goes
out: nothing; every task has been done when it returns. What travels is the number of a task: each
worker reads the sources and writes its shards itself. A worker that is lost is replaced by Ray, and
its task is begun again; tasks appear whole or not at all, so twice is as good as once.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, RunError, YanmoError
from yanmo.core.messages import t
from yanmo.corpus.engine.job import Job, Phase
from yanmo.corpus.engine.local_pool import MAX_DEATHS_OF_TASK, Report
from yanmo.corpus.engine.worker import do_task

_CONNECT_S = 5.0
_MOST_STARTS = 3


class RayCluster:
    """Workers of a Ray cluster; use it in a `with` statement.

    Args:
        job: the build; its `job.json` must have been written.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster at the address.
        RunError: Ray does not start on this machine.
    """

    def __init__(self, job: Job) -> None:
        try:
            import ray
        except ImportError as error:
            raise ConfigError(
                t("Ray is not installed"),
                where="corpus.engine.kind",
                hint=t("Install it with: pip install 'yanmo[cluster]'"),
            ) from error
        self._ray: Any = ray
        self._job = job
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            self._connect()

    def __enter__(self) -> RayCluster:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_ours:
            self._ray.shutdown()

    def do(self, phase: Phase, indices: Sequence[int], report: Report) -> None:
        """Do tasks, in no particular order.

        Raises:
            YanmoError: a task cannot be done.
        """
        remote = self._ray.remote(max_retries=MAX_DEATHS_OF_TASK, num_cpus=1)(_do_remotely)
        work_dir = str(self._job.work_dir.resolve())
        folder = os.getcwd()  # noqa: PTH109  # paths of the recipe are relative to it
        waiting = [remote.remote(work_dir, folder, phase, index) for index in indices]
        while waiting:
            finished, waiting = self._ray.wait(waiting, num_returns=1)
            report(self._result_of(finished[0]))

    def _result_of(self, reference: Any) -> dict[str, Any]:
        """What a task has counted."""
        try:
            result: dict[str, Any] = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, YanmoError | OSError):
                raise cause from error
            raise
        except self._ray.exceptions.RayError as error:
            raise RunError(
                t("a worker of the cluster was lost too often"),
                where=str(self._job.work_dir),
                why=str(error).strip().splitlines()[0],
                hint=t(
                    "Run the same command again to go on from there; if memory ran out, with"
                    " fewer corpus.engine.workers."
                ),
            ) from error
        return result

    def _connect(self) -> None:
        """Join the cluster, or start one on this machine."""
        engine = self._job.config.engine
        _require_open_port(engine.address)
        settings: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if engine.address is None:
            self._start(settings | {"num_cpus": engine.workers, "include_dashboard": False})
            return
        try:
            self._ray.init(address=engine.address, **settings)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise _unreachable(str(error).strip().splitlines()[0]) from error

    def _start(self, settings: dict[str, Any]) -> None:
        """Start Ray on this machine. It gives itself half a minute, which may be too little where
        much else is being done, and leaves the next attempt a warm start."""
        for attempt in range(1, _MOST_STARTS + 1):
            try:
                self._ray.init(**settings)
                return
            except Exception as error:  # Ray raises nothing narrower here
                self._ray.shutdown()
                if attempt == _MOST_STARTS:
                    raise RunError(
                        t("Ray does not start on this machine"),
                        where="corpus.engine.kind",
                        why=str(error).strip().splitlines()[0],
                        hint=t('corpus.engine.kind = "local" does the same without Ray.'),
                    ) from error


def _require_open_port(address: str | None) -> None:
    """Refuse an address at which nothing listens; Ray itself would wait for minutes.

    Raises:
        ConfigError: nobody answers there.
    """
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
    except OSError as error:
        raise _unreachable(str(error)) from error


def _unreachable(why: str) -> ConfigError:
    """The error for a cluster that does not answer."""
    return ConfigError(
        t("the Ray cluster cannot be reached"),
        where="corpus.engine.address",
        why=why,
        hint=t("Correct the address, or leave it out to start Ray on this machine."),
    )


def _do_remotely(work_dir: str, folder: str, phase: Phase, index: int) -> dict[str, Any]:
    """Do a task on whatever machine this runs, in the folder in which the run was begun."""
    os.chdir(folder)
    passed = [0, 0]

    def progress(documents: int, num_bytes: int) -> None:
        passed[0] += documents
        passed[1] += num_bytes

    do_task(Job.load(Path(work_dir)), phase, index, progress)
    return {"done": index, "documents": passed[0], "bytes": passed[1]}
