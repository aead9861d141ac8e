"""One writer of a folder of checkpoints: the second is refused, the dead and the vanished give way,
and whoever has lost the lease publishes nothing."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    Lease,
    Owner,
    TrainingState,
    list_checkpoints,
)
from yanmo.core.errors import RunError


def state(step: int) -> TrainingState:
    return TrainingState(step, {"model": {"w": torch.full((4,), float(step))}}, {"step": step})


def steps_in(directory: Path) -> list[int]:
    return [int(path.name.removeprefix("step-")) for path in list_checkpoints(directory)]


def lease_of(directory: Path) -> Path:
    (path,) = directory.glob(".lease-*")
    return path


def rewrite_owner(directory: Path, **fields: object) -> None:
    """As if somebody else held the lease."""
    path = lease_of(directory)
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_second_writer_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    with CheckpointStore(tmp_path) as store:
        store.save(state(10))
        with pytest.raises(RunError) as caught, CheckpointStore(tmp_path):
            pass
        assert str(os.getpid()) in str(caught.value)
        assert caught.value.where == str(tmp_path)
        store.save(state(20))
    assert steps_in(tmp_path) == [10, 20]
    with CheckpointStore(tmp_path) as store:
        store.save(state(30))
    assert steps_in(tmp_path) == [20, 30]
    assert list(tmp_path.glob(".*")) == [], "nothing is left"


def test_reading_needs_no_lease(tmp_path: Path) -> None:
    with CheckpointStore(tmp_path) as store:
        store.save(state(10))
        loaded = CheckpointStore(tmp_path).load_latest()
    assert loaded is not None
    assert loaded.state.step == 10


def test_a_killed_writer_is_replaced_at_once(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        Lease(tmp_path, Owner.this_process()).acquire()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert lease_of(tmp_path).is_file()
    with CheckpointStore(tmp_path) as store:
        assert lease_of(tmp_path).name == ".lease-00000002"
        store.save(state(10))
    assert steps_in(tmp_path) == [10]


@pytest.mark.parametrize("fields", [{"pid": 2**22 + 1}, {"started_ticks": 1}])
def test_another_process_of_the_same_number_is_no_owner(
    tmp_path: Path, fields: dict[str, int]
) -> None:
    first = Lease(tmp_path, Owner.this_process())
    first.acquire()
    rewrite_owner(tmp_path, **fields)
    second = Lease(tmp_path, Owner.this_process())
    second.acquire()
    second.check()
    with pytest.raises(RunError, match="taken over"):
        first.check()
    first.release()
    second.check()
    second.release()


def test_a_writer_on_another_machine_gives_way_when_it_shows_no_sign_of_life(
    tmp_path: Path,
) -> None:
    far = replace(Owner.this_process(), machine="far away -")
    first = Lease(tmp_path, far)
    first.acquire()
    with pytest.raises(RunError) as caught:
        Lease(tmp_path, Owner.this_process()).acquire()
    assert "far" in str(caught.value)
    two_minutes_ago = time.time() - 120
    os.utime(lease_of(tmp_path), (two_minutes_ago, two_minutes_ago))
    second = Lease(tmp_path, Owner.this_process())
    second.acquire()
    with pytest.raises(RunError, match="taken over"):
        first.check()
    second.check()
    first.release()
    second.release()


def test_a_lease_that_cannot_be_read_ends_by_time_alone(tmp_path: Path) -> None:
    (tmp_path / ".lease-00000004").write_text('{"pid"')
    with pytest.raises(RunError):
        Lease(tmp_path, Owner.this_process()).acquire()
    long_ago = time.time() - 3600
    os.utime(tmp_path / ".lease-00000004", (long_ago, long_ago))
    lease = Lease(tmp_path, Owner.this_process())
    lease.acquire()
    assert lease_of(tmp_path).name == ".lease-00000005"
    lease.release()


def test_a_held_lease_is_renewed(tmp_path: Path) -> None:
    lease = Lease(tmp_path, Owner.this_process(), expires_s=0.04)
    lease.acquire()
    long_ago = time.time() - 3600
    os.utime(lease_of(tmp_path), (long_ago, long_ago))
    while lease_of(tmp_path).stat().st_mtime < long_ago + 1800:
        time.sleep(0.005)
    lease.check()
    lease.release()


def test_a_later_attempt_takes_over_from_an_earlier_one_that_still_runs(tmp_path: Path) -> None:
    first = Lease(tmp_path, Owner.this_process("run-7", 0))
    first.acquire()
    for run_id, attempt in (("run-7", 0), ("run-8", 1), ("", 3)):
        with pytest.raises(RunError):
            Lease(tmp_path, Owner.this_process(run_id, attempt)).acquire()
    second = Lease(tmp_path, Owner.this_process("run-7", 1))
    second.acquire()
    with pytest.raises(RunError):
        first.check()
    with pytest.raises(RunError):
        Lease(tmp_path, Owner.this_process("run-7", 0)).acquire()
    second.check()
    first.release()
    second.release()


def test_a_leftover_of_a_dead_launcher_publishes_nothing(tmp_path: Path) -> None:
    with CheckpointStore(tmp_path, run_id="r", attempt=0) as orphan:
        orphan.save(state(10))
        with CheckpointStore(tmp_path, run_id="r", attempt=1) as successor:
            for step in (11, 20):
                with pytest.raises(RunError, match="taken over"):
                    orphan.save(state(step))
            successor.save(state(15))
            assert steps_in(tmp_path) == [10, 15]
            assert [path.name for path in tmp_path.glob(".tmp-*")] == []


def test_a_writer_that_loses_the_lease_while_it_writes_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync
    successors: list[CheckpointStore] = []

    def taken_over(descriptor: int) -> None:
        if not successors:
            successors.append(CheckpointStore(tmp_path, run_id="r", attempt=1))
            successors[0].__enter__()
        fsync(descriptor)

    with CheckpointStore(tmp_path, run_id="r", attempt=0) as orphan:
        orphan.save(state(10))
        monkeypatch.setattr(os, "fsync", taken_over)
        with pytest.raises(RunError, match="taken over"):
            orphan.save(state(20))
    assert steps_in(tmp_path) == [10]
    (successor,) = successors
    successor.save(state(20))
    successor.__exit__(None, None, None)
    assert steps_in(tmp_path) == [10, 20]
    assert len(list(tmp_path.iterdir())) == 2


def test_of_many_that_come_at_once_one_gets_it(tmp_path: Path) -> None:
    told, tells = os.pipe()
    gate, gate_end = os.pipe()
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            try:
                os.close(gate_end)
                try:
                    Lease(tmp_path, Owner.this_process()).acquire()
                    os.write(tells, b"1")
                except RunError:
                    os.write(tells, b"0")
                os.read(gate, 1)  # until the parent has heard of all
            finally:
                os._exit(0)
        children.append(child)
    answers = b"".join(os.read(told, 1) for _ in children)
    for descriptor in (gate, gate_end, told, tells):
        os.close(descriptor)
    for child in children:
        os.waitpid(child, 0)
    assert sorted(answers) == sorted(b"00000001")


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with CheckpointStore(tmp_path) as store:
        store.save(state(10))
        with pytest.raises(RunError), CheckpointStore(tmp_path):
            pass
    assert steps_in(tmp_path) == [10]
