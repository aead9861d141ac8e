"""A stopped process is named within the timeout by the others, which then end with their own code.

Real processes, joined by gloo, forked from this one, which has imported torch already.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from yanmo.training.guards.watchdog import EXIT_STALLED, FOLDER, StallWatchdog

STEP_S = 0.01


@pytest.fixture
def children() -> Iterator[list[int]]:
    """Process ids; whatever still runs at the end is killed."""
    started: list[int] = []
    yield started
    for pid in started:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            continue


def fork(children: list[int], log: Path, work: Callable[[], None]) -> int:
    """Run `work` in a child whose standard error goes to `log`."""
    pid = os.fork()
    if pid == 0:
        try:
            torch.set_num_threads(1)
            sys.stderr = log.open("w", encoding="utf-8", buffering=1)
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
    children.append(pid)
    return pid


def all_reduce_for_ever(folder: Path, rank: int, size: int, timeout_s: float) -> None:
    store = dist.FileStore(str(folder / "store"), size)
    dist.init_process_group(
        "gloo", store=store, rank=rank, world_size=size, timeout=timedelta(minutes=5)
    )
    with StallWatchdog(folder, rank=rank, size=size, timeout_s=timeout_s) as watchdog:
        step = 0
        while True:
            dist.all_reduce(torch.ones(3))
            step += 1
            watchdog.beat(step)
            (folder / f"step-{rank}").write_text(str(step))
            time.sleep(STEP_S)


def wait_until(is_done: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Poll, for a minute at most."""
    for _ in range(int(limit_s / 0.02)):
        if is_done():
            return
        time.sleep(0.02)
    pytest.fail("waited in vain")


def exit_code(pid: int) -> int:
    """Exit code of a child, waited for a minute at most."""
    found: list[int] = []

    def has_ended() -> bool:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            found.append(os.waitstatus_to_exitcode(status))
        return bool(done)

    wait_until(has_ended)
    return found[0]


@pytest.mark.parametrize("stopped", [0, 1])
def test_a_stopped_process_is_named_by_those_that_wait(
    tmp_path: Path, children: list[int], stopped: int
) -> None:
    size, logs = 3, [tmp_path / f"log-{rank}" for rank in range(3)]
    for rank in range(size):
        fork(
            children,
            logs[rank],
            lambda rank=rank: all_reduce_for_ever(tmp_path, rank, size, 1.5),  # type: ignore[misc]
        )
    beating = [tmp_path / FOLDER / f"rank-{rank:05d}.json" for rank in range(size)]
    wait_until(
        lambda: all(path.exists() and '"step": 0' not in path.read_text() for path in beating)
    )
    os.kill(children[stopped], signal.SIGSTOP)
    others = [rank for rank in range(size) if rank != stopped]
    codes = {rank: exit_code(children[rank]) for rank in others}
    # Who comes second may be told by gloo that the first has gone before it is tired of waiting.
    assert EXIT_STALLED in codes.values() and set(codes.values()) <= {EXIT_STALLED, 1}, codes
    for rank in others:
        text = logs[rank].read_text()
        if codes[rank] == EXIT_STALLED:
            assert f"process {rank} of 3 has made no progress" in text
            assert f"process {stopped} (" in text and f"pid {children[stopped]}" in text
            assert text.count("does not answer since step") == 1
    assert os.waitpid(children[stopped], os.WNOHANG) == (0, 0), "a stopped process cannot end"


def test_a_process_that_hangs_is_told_from_those_that_wait_for_it(
    tmp_path: Path, children: list[int]
) -> None:
    def work(rank: int) -> None:
        with StallWatchdog(tmp_path, rank=rank, size=2, timeout_s=1.0) as watchdog:
            watchdog.beat(6)
            if rank == 0:  # has read its batch and waits for the other, which never gets there
                watchdog.beat(6, "waiting")
            else:
                watchdog.beat(6, "reading data")
                watchdog._progress = (1, 6, "reading data")
            time.sleep(60)

    logs = [tmp_path / "log-0", tmp_path / "log-1"]
    for rank in range(2):
        fork(children, logs[rank], lambda rank=rank: work(rank))  # type: ignore[misc]
    codes = [exit_code(pid) for pid in children]
    assert codes == [EXIT_STALLED, EXIT_STALLED]
    texts = "".join(log.read_text() for log in logs)
    assert "is behind, at step 6, reading data" in texts
    assert "process 0 (" not in texts


def test_a_run_that_comes_on_is_left_alone(tmp_path: Path) -> None:
    ended: list[str] = []
    with StallWatchdog(tmp_path, rank=0, size=2, timeout_s=0.5, end=ended.append) as watchdog:
        for step in range(30):
            watchdog.beat(step)
            time.sleep(0.05)
    assert ended == []
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_process_that_never_came_is_named(tmp_path: Path) -> None:
    ended: list[str] = []
    with StallWatchdog(tmp_path, rank=0, size=3, timeout_s=0.3, end=ended.append) as watchdog:
        watchdog.beat(0)
        wait_until(lambda: bool(ended))
    assert "process 1 never came" in ended[0] and "process 2 never came" in ended[0]


@pytest.mark.parametrize(("size", "timeout_s"), [(1, 0.1), (2, None)])
def test_one_process_or_no_timeout_starts_nothing(
    tmp_path: Path, size: int, timeout_s: float | None
) -> None:
    with StallWatchdog(tmp_path, rank=0, size=size, timeout_s=timeout_s) as watchdog:
        watchdog.beat(1)
    assert list(tmp_path.iterdir()) == []
