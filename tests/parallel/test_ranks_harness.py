"""The harness that forks ranks: it gives results, tells failures and leaves nobody behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.parallel.ranks_harness import RankFailure, run_ranks

from yanmo.parallel.ranks import Ranks


def add_ranks(ranks: Ranks, offset: float) -> dict[str, float]:
    """The sum over all ranks, and who says so."""
    return {"rank": ranks.rank, "sum": ranks.sum([ranks.rank + offset])[0]}


def fail_on_one(ranks: Ranks) -> None:
    """One rank raises while the others wait for it."""
    if ranks.rank == 1:
        raise ValueError("this rank is the second one")
    ranks.barrier()


def hang_on_one(ranks: Ranks, folder: str) -> None:
    """All ranks write who they are; one never comes to the barrier."""
    (Path(folder) / str(ranks.rank)).write_text(str(os.getpid()))
    if ranks.rank == 1:
        time.sleep(600)
    ranks.barrier()


def test_every_rank_gives_its_result() -> None:
    results = run_ranks(add_ranks, 2, 0.5)
    assert results == [{"rank": 0, "sum": 2.0}, {"rank": 1, "sum": 2.0}]


def test_a_rank_that_raises_is_told() -> None:
    with pytest.raises(RankFailure, match="this rank is the second one"):
        run_ranks(fail_on_one, 2)


def test_ranks_that_hang_are_killed(tmp_path: Path) -> None:
    with pytest.raises(RankFailure, match="did not end in time"):
        run_ranks(hang_on_one, 2, str(tmp_path), timeout_s=6)
    written = list(tmp_path.iterdir())
    assert len(written) == 2
    for path in written:
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)
