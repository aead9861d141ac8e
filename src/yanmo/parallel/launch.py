"""Starting the processes of a run on this machine, and starting them again when one has died.

A command comes in; it is run once for each rank with torchrun's environment variables. The group
lives and dies together: where one process is killed, stalls or loses its peers, all are ended and
started again, and go on from the newest checkpoint. An error of the run itself ends it for good.

Nothing here is left behind: the processes die with the one that started them, and each attempt
talks over a port of its own on the loopback interface.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from yanmo.core.errors import Interrupted, RunError
from yanmo.core.messages import t
from yanmo.core.parent_process import PARENT_VARIABLE

LOST_PEERS = 75
"""Exit code of a process that could not go on for want of the others (EX_TEMPFAIL, sysexits.h)."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Wishes to stop in good order: Ctrl-C, an administrator, a scheduler that needs the machine."""
_POLL_S = 0.05
_GRACE_S = 2.0
"""Time that the others get to say what went wrong once one process has ended."""
_SAVING_S = 60.0
"""The same, where the others are stopping in good order and may still be saving."""


@dataclass(frozen=True)
class Death:
    """How a process ended: its rank, and its exit code, which is negative for a signal."""

    rank: int
    code: int

    def describe(self) -> str:
        """In words."""
        if self.code < 0:
            name = signal.Signals(-self.code).name
            return t("process {rank} was killed by {signal}", rank=self.rank, signal=name)
        if self.code == LOST_PEERS:
            return t(
                "process {rank} lost the others, waited for them in vain, or found its hardware"
                " faulty",
                rank=self.rank,
            )
        return t("process {rank} ended with code {code}", rank=self.rank, code=self.code)

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may fare better: what died was killed, or lost its peers."""
        return self.code < 0 or self.code == LOST_PEERS


@dataclass(frozen=True)
class Restart:
    """Why all processes are started again, for which time, and of how many."""

    death: Death
    attempt: int
    limit: int

    def describe(self) -> str:
        """In words."""
        return t(
            "{death}; all processes are started again ({attempt} of {limit})",
            death=self.death.describe(),
            attempt=self.attempt,
            limit=self.limit,
        )


def supervise(
    command: Sequence[str],
    num_processes: int,
    *,
    max_restarts: int,
    on_restart: Callable[[Restart], None],
) -> int:
    """Run `command` as `num_processes` ranks until all have ended well, or one has an error.

    Args:
        command: what each process runs.
        num_processes: ranks, all on this machine.
        max_restarts: attempts after the first.
        on_restart: told why the processes are started again.

    Returns:
        0, or the exit code of the process that ended the run.

    Raises:
        RunError: processes died more often than `max_restarts`.
    """
    with _forwarded_signals() as group:
        for attempt in itertools.count():
            group.start(command, num_processes, attempt)
            death = group.wait()
            if death is None:
                break
            if not death.may_pass or group.is_stopping:
                return death.code if death.code > 0 else 128 - death.code
            if attempt >= max_restarts:
                raise RunError(
                    t("the processes died too often"),
                    why=death.describe(),
                    hint=t(
                        "Raise parallel.max_restarts, or find out what kills them: memory comes"
                        " first."
                    ),
                )
            on_restart(Restart(death, attempt + 1, max_restarts))
    return 0


class ProcessGroup:
    """The processes of one attempt after another.

    Attributes:
        is_stopping: whether a wish to stop has been passed on to them.
    """

    def __init__(self) -> None:
        self.is_stopping = False
        self._run_id = uuid.uuid4().hex
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str], num_processes: int, attempt: int) -> None:
        """Start one process for each rank."""
        port = free_port()
        self._processes = [
            subprocess.Popen(
                command,
                env=rank_environment(rank, num_processes, port, attempt)
                | {"TORCHELASTIC_RUN_ID": self._run_id},
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C reaches them once, through us
            )
            for rank in range(num_processes)
        ]

    def wait(self) -> Death | None:
        """Wait until all have ended well, or until one has not, and then end the rest.

        Of several that end together an error of the run is told before a loss of peers, which is
        what it causes in the others.
        """
        while True:
            codes = [process.poll() for process in self._processes]
            if all(code == 0 for code in codes):
                return None
            if any(code not in (None, 0) for code in codes):
                break
            time.sleep(_POLL_S)
        first = self._deaths()
        is_orderly = self.is_stopping or any(death.code == Interrupted.exit_code for death in first)
        deadline = time.monotonic() + (_SAVING_S if is_orderly else _GRACE_S)
        while time.monotonic() < deadline and any(p.poll() is None for p in self._processes):
            time.sleep(_POLL_S)
        deaths = self._deaths()
        self.end()
        killed = [death for death in first if death.code < 0]
        errors = [death for death in deaths if not death.may_pass]
        return [*errors, *killed, *first][0]

    def end(self) -> None:
        """Kill what is left; no process survives this."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
        for process in self._processes:
            process.wait()

    def pass_on(self, number: int, _frame: FrameType | None = None) -> None:
        """Pass a signal on to all processes; the second one ends them."""
        if self.is_stopping:
            number = signal.SIGKILL
        self.is_stopping = True
        for process in self._processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)

    def _deaths(self) -> list[Death]:
        found = []
        for rank, process in enumerate(self._processes):
            code = process.poll()
            if code:
                found.append(Death(rank, code))
        return found


def rank_environment(
    rank: int,
    num_processes: int,
    port: int,
    attempt: int,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The environment of one rank on this machine. The processor's cores are shared out."""
    threads = max(1, _num_cores() // num_processes)
    return {
        "OMP_NUM_THREADS": str(threads),
        "GLOO_SOCKET_IFNAME": "lo",
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
        **environment,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(num_processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "TORCHELASTIC_RESTART_COUNT": str(attempt),
        PARENT_VARIABLE: str(os.getpid()),
    }


def _num_cores() -> int:
    """Cores that this process may use; all of the machine where the system does not say (macOS)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _forwarded_signals() -> Iterator[ProcessGroup]:
    """A group of processes to which wishes to stop are passed on, and of which none is left."""
    group = ProcessGroup()
    previous = {number: signal.signal(number, group.pass_on) for number in STOP_SIGNALS}
    try:
        yield group
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        group.end()
