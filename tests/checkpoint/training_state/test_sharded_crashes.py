"""A rank killed, all ranks killed, or a disk full, at every single operation of a sharded save."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.checkpoint.training_state.one_process import load_latest
from tests.checkpoint.training_state.thread_ranks import (
    Fault,
    Killed,
    RankFaults,
    is_of,
    kill_process,
    kill_thread,
    save_sharded,
)

from yanmo.checkpoint.training_state import list_checkpoints
from yanmo.core.errors import RunError

NEVER = 10**9


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A kill does not lose what the system has cached, so these tests need not wait for the disk.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@contextmanager
def faults(rank: int, at: int, fault: Fault) -> Iterator[RankFaults]:
    with pytest.MonkeyPatch.context() as patch:
        yield RankFaults(patch, rank, at, fault)


def prepare(directory: Path, size: int) -> None:
    """As many as are kept, and what a crash left."""
    directory.mkdir()
    for step in (5, 10):
        assert save_sharded(directory, step, size) == [None] * size
    (directory / ".tmp-00000020-dead").mkdir()


def count(tmp_path: Path, size: int, rank: int) -> int:
    directory = tmp_path / f"count-{rank}"
    prepare(directory, size)
    with faults(rank, NEVER, kill_thread) as counted:
        assert save_sharded(directory, 20, size) == [None] * size
    return counted.count


def check_whole(directory: Path, size: int) -> int:
    """The newest checkpoint is whole and none was passed over; gives its step."""
    loaded = load_latest(directory)
    assert loaded is not None
    assert loaded.skipped == ()
    return is_of(loaded.state, size)


def check_goes_on(directory: Path, size: int) -> None:
    """The next save works, cleans up and keeps to the number asked for."""
    assert len(list(directory.iterdir())) <= 3 + 3, "k + 1 folders, a leftover and a lease"
    assert save_sharded(directory, 25, size) == [None] * size
    assert check_whole(directory, size) == 25
    assert sorted(path.name for path in directory.iterdir()) == [
        path.name for path in list_checkpoints(directory)
    ]
    assert len(list_checkpoints(directory)) == 2


def sweep_kills(tmp_path: Path, size: int, every: int) -> dict[str, int]:
    """Kill each rank alone at every operation; gives how often the old or the new was found."""
    outcomes = {"old": 0, "new": 0}
    for rank in range(size):
        num_operations = count(tmp_path, size, rank)
        assert num_operations >= (20 if rank == 0 else 6)
        for at in range(1, num_operations + 1, every):
            directory = tmp_path / f"kill-{rank}-{at}"
            prepare(directory, size)
            with faults(rank, at, kill_thread):
                results = save_sharded(directory, 20, size)
            assert isinstance(results[rank], Killed)
            step = check_whole(directory, size)
            assert step in (10, 20)
            others = [error for other, error in enumerate(results) if other != rank]
            assert step == 20 or all(isinstance(error, Exception) for error in others)
            outcomes["new" if step == 20 else "old"] += 1
            check_goes_on(directory, size)
    return outcomes


def test_a_rank_killed_at_any_operation_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    outcomes = sweep_kills(tmp_path, 2, every=1)
    assert outcomes["old"] >= 20
    assert outcomes["new"] >= 4


@pytest.mark.nightly
def test_one_of_four_ranks_killed_at_any_operation_leaves_the_old_or_the_new(
    tmp_path: Path,
) -> None:
    outcomes = sweep_kills(tmp_path, 4, every=1)
    assert outcomes["old"] >= 40


def test_all_ranks_killed_at_any_operation_leave_the_old_or_the_new(tmp_path: Path) -> None:
    size, num_kills = 2, 0
    for rank in range(size):
        for at in range(1, count(tmp_path, size, rank) + 1, 2):
            directory = tmp_path / f"die-{rank}-{at}"
            prepare(directory, size)
            child = os.fork()
            if child == 0:
                with faults(rank, at, kill_process):
                    save_sharded(directory, 20, size)
                os._exit(0)
            assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
            assert check_whole(directory, size) in (10, 20)
            check_goes_on(directory, size)
            num_kills += 1
    assert num_kills >= 16


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_an_error_of_one_disk_stops_all_ranks_and_costs_no_earlier_checkpoint(
    tmp_path: Path, number: int
) -> None:
    size, num_errors = 2, 0

    def fail(_operation: str) -> None:
        raise OSError(number, os.strerror(number))

    for rank in range(size):
        for at in range(1, count(tmp_path, size, rank) + 1):
            directory = tmp_path / f"fail-{rank}-{at}"
            prepare(directory, size)
            with faults(rank, at, fail):
                results = save_sharded(directory, 20, size)
            has_failed = [isinstance(result, RunError) for result in results]
            assert has_failed in ([True, True], [False, False]), results
            if has_failed[0]:
                num_errors += 1
                assert all(os.strerror(number) in str(error) for error in results)
            assert check_whole(directory, size) in ((10, 20) if has_failed[0] else (20,))
            check_goes_on(directory, size)
    assert num_errors >= 20


def test_a_failed_save_gives_the_room_back(tmp_path: Path) -> None:
    directory = tmp_path / "full"
    prepare(directory, 2)

    class FullDisk(RankFaults):
        def step(self, operation: str) -> None:
            if operation == "write" and threading.current_thread().name == "rank1":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, 1, NEVER, kill_thread)
        results = save_sharded(directory, 20, 2)
    assert all(isinstance(error, RunError) for error in results)
    assert "step-00000010" in str(results[0])
    assert sorted(path.name for path in directory.iterdir()) == ["step-00000005", "step-00000010"]
