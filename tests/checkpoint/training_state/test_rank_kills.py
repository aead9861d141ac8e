"""Real processes over gloo, one of which is killed at an operation of a sharded save."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.checkpoint.training_state.one_process import load_latest
from tests.checkpoint.training_state.thread_ranks import (
    RankFaults,
    is_of,
    kill_process,
    part_of,
)
from tests.parallel.ranks_harness import RankFailure, run_ranks

from yanmo.checkpoint.training_state import CheckpointStore, list_checkpoints
from yanmo.parallel.ranks import Ranks

NEVER = 10**9


class ProcessFaults(RankFaults):
    """Faults of this process, whatever its threads are called."""

    def step(self, operation: str) -> None:
        """Count an operation of any thread."""
        self.count += 1
        if self.count == self._at:
            self._fault(operation)


def save_steps(ranks: Ranks, folder: str, steps: list[int], victim: int, at: int) -> int:
    """Save `steps`; the last one with a kill at operation `at` of rank `victim`. Gives the number
    of operations of the last save."""
    with CheckpointStore(Path(folder), ranks) as store:
        for step in steps[:-1]:
            store.save(part_of(step, ranks))
        with pytest.MonkeyPatch.context() as patch:
            # A kill does not lose what the system has cached: nobody need wait for the disk.
            patch.setattr(os, "fsync", lambda descriptor: None)
            own_at = at if ranks.rank == victim else NEVER
            faults = ProcessFaults(patch, ranks.rank, own_at, kill_process)
            store.save(part_of(steps[-1], ranks))
    return faults.count


def check(folder: Path, size: int) -> int:
    """The newest is whole, and the next save works and cleans up; gives the step found."""
    loaded = load_latest(folder)
    assert loaded is not None
    assert loaded.skipped == ()
    step = is_of(loaded.state, size)
    run_ranks(save_steps, size, str(folder), [25], 0, NEVER)
    assert [path.name for path in sorted(folder.iterdir())] == [
        path.name for path in list_checkpoints(folder)
    ]
    assert len(list_checkpoints(folder)) == 2
    return step


def sweep(tmp_path: Path, size: int, every: int) -> list[int]:
    counts = run_ranks(save_steps, size, str(tmp_path / "count"), [5, 10, 20], 0, NEVER)
    found = []
    for victim in range(size):
        for at in range(1 + victim % every, counts[victim] + 1, every):
            folder = tmp_path / f"kill-{victim}-{at}"
            with pytest.raises(RankFailure, match="-9"):
                run_ranks(save_steps, size, str(folder), [5, 10, 20], victim, at)
            found.append(check(folder, size))
            assert found[-1] in (10, 20)
    return found


@pytest.mark.slow
def test_a_rank_of_two_is_killed_and_the_old_or_the_new_is_there(tmp_path: Path) -> None:
    found = sweep(tmp_path, 2, every=8)
    assert len(found) >= 4
    assert 10 in found


@pytest.mark.nightly
@pytest.mark.parametrize(("size", "every"), [(2, 1), (4, 2)])
def test_any_rank_is_killed_anywhere_and_the_old_or_the_new_is_there(
    tmp_path: Path, size: int, every: int
) -> None:
    found = sweep(tmp_path, size, every)
    assert len(found) >= 18
    assert {10, 20} == set(found)
