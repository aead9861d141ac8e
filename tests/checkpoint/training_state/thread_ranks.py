"""Ranks that are threads of one process: hundreds of crashes of a sharded save in seconds.

What one of them sends the others is carried by JSON as between processes; where one has died, the
others are told by an error, as gloo tells them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.checkpoint.conftest import InjectedFaults

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    RetentionPolicy,
    TrainingState,
)
from yanmo.core.errors import YanmoError
from yanmo.parallel.ranks import Ranks

Fault = Callable[[str], None]


class Killed(BaseException):
    """A rank dies here."""


@dataclass
class Meeting:
    """Where the threads of one group meet."""

    size: int
    barrier: threading.Barrier = field(init=False)
    texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.size, timeout=30.0)
        self.texts = [""] * self.size

    def exchange(self, rank: int, value: Any) -> list[Any]:
        """Everybody's value; an error where somebody has died."""
        self.texts[rank] = json.dumps(value)
        self.barrier.wait()
        values = [json.loads(text) for text in self.texts]
        self.barrier.wait()
        return values


@dataclass(frozen=True)
class ThreadRanks(Ranks):
    """One thread's view of its group."""

    meeting: Meeting = field(default_factory=lambda: Meeting(1))

    def broadcast_json(self, value: Any) -> Any:
        """As of processes."""
        return self.meeting.exchange(self.rank, value)[0]

    def gather_json(self, value: Any) -> list[Any] | None:
        """As of processes."""
        values = self.meeting.exchange(self.rank, value)
        return values if self.is_main else None

    def barrier(self) -> None:
        """As of processes."""
        self.meeting.exchange(self.rank, None)

    def _reduce(self, values: Sequence[float], operation: Any) -> list[float]:
        rows = self.meeting.exchange(self.rank, list(values))
        is_sum = operation == torch.distributed.ReduceOp.SUM
        return [sum(row) if is_sum else max(row) for row in zip(*rows, strict=True)]


def run_threads(function: Callable[[Ranks], Any], size: int) -> list[Any]:
    """What `function` returned on each rank, or the error that it ended in."""
    meeting = Meeting(size)
    results: list[Any] = [None] * size

    def run(rank: int) -> None:
        try:
            results[rank] = function(ThreadRanks(rank, size, rank, None, meeting))
        except YanmoError as error:  # all ranks raise it together
            results[rank] = error
        except BaseException as error:
            results[rank] = error
            meeting.barrier.abort()

    threads = [threading.Thread(target=run, args=(r,), name=f"rank{r}") for r in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def part_of(step: int, ranks: Ranks) -> TrainingState:
    """What a rank holds at `step`: names of its own, and one that all hold. Everything says which
    step it is of."""
    own = {f"blocks.{ranks.rank}.w": torch.full((5, 3), float(step))}
    model = own | {"norm": torch.full((4,), float(step))}
    optimizer = {f"{name}.step": torch.tensor(step) for name in own}
    return TrainingState(step, {"model": model, "optimizer": optimizer}, {"step": step})


def save_sharded(
    directory: Path, step: int, size: int, keep_last: int = 2, *, is_async: bool = False
) -> list[Any]:
    """Save `step` with so many ranks; gives the error of each, or None."""

    def save(ranks: Ranks) -> None:
        policy = RetentionPolicy(keep_last=keep_last)
        # A thread that dies gives no lease back and its process lives on: a later attempt takes it.
        with CheckpointStore(directory, ranks, policy, run_id="threads", attempt=step) as store:
            store.save(part_of(step, ranks), is_async=is_async)

    return run_threads(save, size)


def is_of(state: TrainingState, size: int) -> int:
    """The step that every value of a whole state is of; an error where they differ."""
    expected = 2 * size + 1
    tensors = [tensor for group in state.tensors.values() for tensor in group.values()]
    assert len(tensors) == expected, f"{len(tensors)} of {expected} tensors"
    assert all(bool((tensor == state.step).all()) for tensor in tensors), "torn"
    assert state.state == {"step": state.step}
    return state.step


class RankFaults(InjectedFaults):
    """Faults that meet the operations of one rank alone."""

    def __init__(self, patch: pytest.MonkeyPatch, rank: int, at: int, fault: Fault) -> None:
        self._rank = rank
        super().__init__(patch, at, fault)

    def step(self, operation: str) -> None:
        """Count an operation of this rank."""
        if threading.current_thread().name == f"rank{self._rank}":
            super().step(operation)


def kill_thread(_operation: str) -> None:
    """The rank dies, and nobody else."""
    raise Killed


def kill_process(_operation: str) -> None:
    """All ranks die at once, as where the power or the machine fails."""
    os.kill(os.getpid(), 9)
