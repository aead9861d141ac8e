"""A fault on one process is refused by all of them: nothing changes anywhere, and all go on."""

from __future__ import annotations

from typing import Any

import pytest
from tests.parallel.ranks_harness import run_ranks
from tests.training.guards.guarded_ranks import run_steps

MESHES: dict[str, dict[str, Any]] = {
    "fsdp": {"shard": 2},
    "ddp": {"replicate": 2, "data_parallel": "ddp"},
    "tensor": {"tensor": 2},
    "pipeline": {"pipeline": 2},
}
FAULTS = {
    "loss nan": "not_finite",
    "gradient nan": "not_finite",
    "gradient inf": "not_finite",
    "loss 10": "exploded",
    "loss 1000": "exploded",
    "gradient 1000": "grad_norm_spike",
}


def check(mesh: str, rank: int, begin: int) -> None:
    """Plant each fault on one rank of two, a sound step between them."""
    faults = {str(rank): {str(1 + 2 * n): fault for n, fault in enumerate(FAULTS)}}
    found = run_ranks(run_steps, 2, MESHES[mesh], faults, begin, 2 * len(FAULTS) + 1)
    assert found[0] == found[1], "the processes decided differently"
    refused = [step["cause"] for step in found[0] if step["cause"]]
    assert refused == list(FAULTS.values())
    assert [bool(step["cause"]) for step in found[0]] == [False, True] * len(FAULTS) + [False]
    assert all(step["has_changed"] == (step["cause"] is None) for step in found[0])


@pytest.mark.parametrize(("rank", "begin"), [(1, 1), (0, 65), (1, 65), (1, 500)])
def test_a_fault_on_one_process_is_refused_by_all(rank: int, begin: int) -> None:
    check("fsdp", rank, begin)


@pytest.mark.slow
@pytest.mark.parametrize("mesh", ["ddp", "tensor", "pipeline"])
def test_a_fault_anywhere_on_the_mesh_is_refused_by_all(mesh: str) -> None:
    check(mesh, 1, 65)


def test_all_processes_stop_together_and_name_the_same_layer() -> None:
    faults = {"1": dict.fromkeys(("2", "3", "4"), "gradient nan")}
    found = run_ranks(run_steps, 2, MESHES["fsdp"], faults, 10, 8)
    assert found[0] == found[1]
    assert [step.get("cause") for step in found[0]] == [
        None,
        None,
        "not_finite",
        "not_finite",
        None,
    ]
    error = found[0][-1]["error"]
    assert error.startswith("step 14, layer blocks.") and "3 steps in a row" in error
