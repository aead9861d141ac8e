"""Saving in the background: training goes on, what is saved is what was there, and no error is
lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import torch
from tests.checkpoint.training_state import layouts
from tests.parallel.ranks_harness import RankFailure, run_ranks

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    TrainingState,
    list_checkpoints,
    load_full,
)
from yanmo.core.errors import Interrupted, RunError
from yanmo.parallel.ranks import Ranks


class Gate:
    """Holds the disk of the background back until it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.error: OSError | None = None
        fsync = os.fsync

        def waiting(descriptor: int) -> None:
            if threading.current_thread() is threading.main_thread():
                return fsync(descriptor)
            self.reached.set()
            assert self.opened.wait(30.0)
            if self.error is not None:
                raise self.error
            return fsync(descriptor)

        patch.setattr(os, "fsync", waiting)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def state(step: int, values: torch.Tensor) -> TrainingState:
    return TrainingState(step, {"model": {"w": values}}, {"step": step})


def steps_in(directory: Path) -> list[int]:
    return [int(path.name.removeprefix("step-")) for path in list_checkpoints(directory)]


def test_what_is_saved_is_what_was_there_when_save_was_called(tmp_path: Path, gate: Gate) -> None:
    weights = torch.arange(12.0).reshape(3, 4)
    with CheckpointStore(tmp_path) as store:
        store.save(state(10, weights), is_async=True)
        assert gate.reached.wait(30.0)
        weights.mul_(-1)
        store.poll()
        assert steps_in(tmp_path) == []
        gate.opened.set()
    (path,) = list_checkpoints(tmp_path)
    assert torch.equal(load_full(path).tensors["model"]["w"], -weights)


def test_at_most_one_is_under_way(tmp_path: Path, gate: Gate) -> None:
    weights = torch.zeros(4)
    with CheckpointStore(tmp_path) as store:
        store.save(state(10, weights), is_async=True)
        threading.Timer(0.05, gate.opened.set).start()
        weights.add_(1)
        store.save(state(20, weights), is_async=True)
        assert steps_in(tmp_path)[0] == 10
    assert steps_in(tmp_path) == [10, 20]
    found = [load_full(path).tensors["model"]["w"][0].item() for path in list_checkpoints(tmp_path)]
    assert found == [0.0, 1.0]


def test_an_error_in_the_background_is_raised_between_two_steps(tmp_path: Path, gate: Gate) -> None:
    with CheckpointStore(tmp_path) as store:
        store.save(state(10, torch.zeros(4)), is_async=True)
        gate.error = OSError(28, "No space left on device")
        gate.opened.set()
        with pytest.raises(RunError, match="No space left"):
            while True:
                store.poll()
        store.poll()
        gate.error = None
        store.save(state(20, torch.ones(4)))
    assert steps_in(tmp_path) == [20]


def test_an_error_in_the_background_is_raised_by_the_end_at_the_latest(
    tmp_path: Path, gate: Gate
) -> None:
    gate.error = OSError(5, "Input/output error")
    gate.opened.set()
    with (
        pytest.raises(RunError, match="Input/output error"),
        CheckpointStore(tmp_path) as store,
    ):
        store.save(state(10, torch.zeros(4)), is_async=True)


def test_an_error_in_the_background_does_not_hide_why_the_run_ended(
    tmp_path: Path, gate: Gate
) -> None:
    gate.error = OSError(5, "Input/output error")
    gate.opened.set()
    with pytest.raises(Interrupted) as caught, CheckpointStore(tmp_path) as store:
        store.save(state(10, torch.zeros(4)), is_async=True)
        raise Interrupted("stopped")
    assert "Input/output error" in caught.value.__notes__[0]


def train_on(ranks: Ranks, folder: str, layout: str) -> dict[str, object]:
    """Save in the background while the weights change and the main group talks."""
    model = layouts.build(layout, ranks)
    optimizer = layouts.train(model)
    with CheckpointStore(Path(folder), ranks) as store:
        for step in (10, 20, 30):
            groups = layouts.groups_of(model, optimizer)
            store.save(TrainingState(step, groups, layouts.STATE), is_async=step < 30)
            if step == 10:
                model = layouts.build(layout, ranks)  # the values of step 10 again
                optimizer = layouts.train(model)
                for parameter in model.parameters():
                    parameter.detach().mul_(2.0)
            for _ in range(5):
                ranks.sum([1.0])
                store.poll()
        model = layouts.build(layout, ranks)
        groups = layouts.groups_of(model, layouts.train(model))
        store.save(TrainingState(40, groups, layouts.STATE), is_async=True)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.detach().zero_()
    return {"steps": steps_in(Path(folder))}


@pytest.mark.parametrize("layout", ["fsdp2"])
def test_ranks_train_on_while_their_save_is_under_way(tmp_path: Path, layout: str) -> None:
    results = run_ranks(train_on, 2, str(tmp_path), layout)
    assert all(result["steps"] == [30, 40] for result in results)
    last = list_checkpoints(tmp_path)[-1]
    assert layouts.digests(load_full(last).tensors) == layouts.expected()


def fail_on_second(ranks: Ranks, folder: str) -> list[str]:
    """The disk of the second rank is full; both must hear of it at the same step."""
    heard = []
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if ranks.rank == 1:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    with CheckpointStore(Path(folder), ranks) as store:
        os.fsync = full
        model = {f"w{ranks.rank}": torch.zeros(3)}
        store.save(TrainingState(10, {"model": model}), is_async=True)
        for step in range(10_000):
            ranks.sum([1.0])
            try:
                store.poll()
            except RunError as error:
                heard += [str(step), str(error)]
                break
        os.fsync = fsync
    return heard


def test_a_full_disk_of_one_rank_stops_all_ranks_at_the_same_step(tmp_path: Path) -> None:
    first, second = run_ranks(fail_on_second, 2, str(tmp_path))
    assert first[0] == second[0]
    assert "No space left" in first[1]
    assert "No space left" in second[1]
    assert list(tmp_path.iterdir()) == []


def die_in_background(ranks: Ranks, folder: str) -> None:
    """One rank dies while the save is under way."""
    with CheckpointStore(Path(folder), ranks) as store:
        model = {f"w{ranks.rank}": torch.zeros(3)}
        store.save(TrainingState(10, {"model": model}))
        if ranks.rank == 1:
            os.fsync = lambda _: os.kill(os.getpid(), 9)
        store.save(TrainingState(20, {"model": model}), is_async=True)
        while True:
            ranks.sum([1.0])
            store.poll()


def test_a_rank_that_dies_in_the_background_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(RankFailure):
        run_ranks(die_in_background, 2, str(tmp_path))
    assert steps_in(tmp_path) == [10]
    assert load_full(list_checkpoints(tmp_path)[0]).step == 10
