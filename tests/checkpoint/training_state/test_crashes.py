"""A process killed, or a disk full, at every single operation of a save."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.checkpoint.training_state.one_process import load_latest, save_training_state

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    LoadedState,
    TrainingState,
    list_checkpoints,
)
from yanmo.core.errors import RunError

Inject = Callable[..., AbstractContextManager[Any]]
NEVER = 10**9


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    # A kill does not lose what the system has cached, so these tests need not wait for the disk.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def make_state(step: int) -> TrainingState:
    tensors = {
        "model": {"w": torch.full((5, 3), float(step))},
        "optimizer": {"w.step": torch.ones(1)},
    }
    return TrainingState(step, tensors, {"step": step})


def save(directory: Path, step: int, keep_last: int = 2) -> None:
    save_training_state(directory, make_state(step), keep_last=keep_last)


def is_whole(loaded: LoadedState) -> bool:
    step = loaded.state.step
    return bool((loaded.state.tensors["model"]["w"] == step).all()) and not loaded.skipped


def empty(directory: Path) -> None:
    """Nothing has been saved yet."""


def one_before(directory: Path) -> None:
    save(directory, 10)


def full_with_leftovers(directory: Path) -> None:
    """As many as are kept, and what two crashes left."""
    save(directory, 5)
    save(directory, 10)
    for name in (".tmp-00000020", ".del-step-00000001"):
        (directory / name).mkdir()
        (directory / name / "model.safetensors").write_bytes(b"half")


def damaged_after(directory: Path) -> None:
    """The step that is saved is there already, damaged, and so is a later one."""
    save(directory, 10)
    for step in (20, 30):
        save(directory, step, keep_last=9)
        (directory / f"step-{step:08d}" / "manifest.json").write_bytes(b"{")


BEFORE = [empty, one_before, full_with_leftovers, damaged_after]


def count_operations(directory: Path, inject: Inject) -> int:
    with inject(NEVER, lambda _: None) as faults:
        save(directory, 20)
    return int(faults.count)


def save_in_child(directory: Path, inject: Inject, kill_at: int) -> bool:
    """Save in a forked process that kills itself; whether it was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            with inject(kill_at, lambda _: os.kill(os.getpid(), signal.SIGKILL)):
                save(directory, 20)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("prepare", BEFORE)
def test_a_kill_at_any_operation_leaves_the_old_or_the_new(
    tmp_path: Path, inject: Inject, prepare: Callable[[Path], None]
) -> None:
    counting = tmp_path / "counting"
    counting.mkdir()
    prepare(counting)
    num_operations = count_operations(counting, inject)
    assert num_operations >= 12
    outcomes = []
    for kill_at in range(1, num_operations + 1):
        directory = tmp_path / f"kill-{kill_at}"
        directory.mkdir()
        prepare(directory)
        old = load_latest(directory)
        assert save_in_child(directory, inject, kill_at)
        loaded = load_latest_good(directory)
        outcomes.append(loaded.state.step if loaded else None)
        assert outcomes[-1] in (20, old.state.step if old else None)
        save(directory, 20)
        save(directory, 25)
        loaded = load_latest(directory)
        assert loaded is not None
        assert is_whole(loaded)
        assert loaded.state.step == 25
        assert [path.name for path in sorted(directory.iterdir())] == [
            path.name for path in list_checkpoints(directory)
        ]
    first_new = outcomes.index(20)
    assert first_new > 0
    assert all(outcome == 20 for outcome in outcomes[first_new:]), "what was safe was lost"


def load_latest_good(directory: Path) -> LoadedState | None:
    """The newest that verifies; damaged ones may only be those that were damaged before."""
    loaded = load_latest(directory)
    if loaded is not None:
        assert bool((loaded.state.tensors["model"]["w"] == loaded.state.step).all())
        damaged = ("step-00000020", "step-00000030")
        assert all(any(name in reason for name in damaged) for reason in loaded.skipped)
    return loaded


@pytest.mark.parametrize("prepare", BEFORE)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_an_error_of_the_disk_at_any_operation_costs_no_earlier_checkpoint(
    tmp_path: Path, inject: Inject, prepare: Callable[[Path], None], number: int
) -> None:
    counting = tmp_path / "counting"
    counting.mkdir()
    prepare(counting)
    num_operations = count_operations(counting, inject)

    def fail(_operation: str) -> None:
        raise OSError(number, os.strerror(number))

    num_errors = 0
    for fail_at in range(1, num_operations + 1):
        directory = tmp_path / f"fail-{fail_at}"
        directory.mkdir()
        prepare(directory)
        old = load_latest(directory)
        with inject(fail_at, fail):
            try:
                save(directory, 20)
            except RunError as error:
                num_errors += 1
                assert error.where is not None
                assert str(directory) in error.where
                assert os.strerror(number) in str(error)
                expected = {old.state.step if old else None, 20}
            else:
                expected = {20}  # what could not be removed is removed next time
        loaded = load_latest_good(directory)
        assert (loaded.state.step if loaded else None) in expected
        save(directory, 20)
        loaded = load_latest(directory)
        assert loaded is not None
        assert is_whole(loaded)
        assert loaded.state.step == 20
    assert num_errors >= 10


def test_a_disk_that_stays_full_says_where_the_last_good_checkpoint_is(
    tmp_path: Path, inject: Inject
) -> None:
    save(tmp_path, 10)

    def fail(operation: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with CheckpointStore(tmp_path) as store, inject(1, fail) as faults:
        faults.step = lambda operation: fail(operation) if operation == "write" else None
        with pytest.raises(RunError) as caught:
            store.save(make_state(20))
    assert caught.value.hint is not None
    assert "step-00000010" in caught.value.hint
    # The half-written files are gone, so that they do not keep the disk full.
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000010"]


def test_files_are_durable_before_they_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, 10, keep_last=1)
    events: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def recorded_fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        if name.startswith(".lease"):
            return
        events.append(("fsync", ".tmp" if name.startswith(".tmp-00000020") else name))
        fsync(descriptor)

    def recorded_rename(source: Path, target: Path) -> None:
        events.append(("rename", Path(target).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "rename", recorded_rename)
    save(tmp_path, 20, keep_last=1)
    assert events == [
        ("fsync", "model.safetensors"),
        ("fsync", "optimizer.safetensors"),
        ("fsync", "state.json"),
        ("fsync", "manifest.json"),
        ("fsync", ".tmp"),
        ("rename", "step-00000020"),
        ("fsync", tmp_path.name),
        ("rename", ".del-step-00000010"),
        ("fsync", tmp_path.name),
    ]
