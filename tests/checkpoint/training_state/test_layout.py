"""Who holds what, and who writes it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor

from yanmo.checkpoint.training_state.layout import assign, local_pieces
from yanmo.core.errors import CheckpointError
from yanmo.parallel.ranks import Ranks


def description(*boxes: tuple[list[int], list[int]], shape: Any = (8,)) -> dict[str, Any]:
    return {"model": {"w": ["float32", list(shape), [list(box) for box in boxes]]}}


def test_replicas_are_written_once_and_the_work_is_balanced() -> None:
    names = {f"w{i}": ["float32", [i + 1], [[[0], [i + 1]]]] for i in range(40)}
    plan = assign([{"model": names}] * 4)
    assert sorted(name for own in plan["owners"] for _, name, _, _ in own) == sorted(names)
    loads = [sum(math.prod(sizes) for _, _, _, sizes in own) for own in plan["owners"]]
    assert max(loads) - min(loads) <= 2


def test_a_tensor_of_which_a_part_is_nowhere_is_refused() -> None:
    with pytest.raises(CheckpointError, match="model: w"):
        assign([description(([0], [4])), description(([4], [3]))])


def test_a_tensor_that_is_whole_here_and_cut_there_is_refused() -> None:
    with pytest.raises(CheckpointError, match="model: w"):
        assign([description(([0], [8])), description(([4], [4]))])


def test_one_name_for_two_tensors_is_refused() -> None:
    with pytest.raises(CheckpointError, match="shape or dtype"):
        assign([description(([0], [8])), description(([0], [9]), shape=(9,))])


def check_pieces(ranks: Ranks) -> list[str]:
    """Every value that a process holds is where the box says, for every placement."""
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("a", "b"))
    wrong = []
    for shape in [(8, 6), (7, 5), (3, 9), (1, 4), (13,), (5, 3, 7)]:
        whole = torch.arange(math.prod(shape)).reshape(shape)
        dims = [Replicate(), *(Shard(dim) for dim in range(len(shape)))]
        for first in dims:
            for second in dims:
                spread = distribute_tensor(whole, mesh, [first, second])
                wrong += _misplaced(whole, spread, f"{shape} {first} {second}")
    module = torch.nn.Linear(6, 8, bias=False)
    whole = module.weight.detach().clone()
    shared = distribute_tensor(module.weight.detach(), mesh["b"], [Shard(0)])
    module.weight = torch.nn.Parameter(shared)
    fully_shard(module, mesh=mesh["a"])
    weight = module.weight.detach()
    assert isinstance(weight, DTensor)
    assert "StridedShard" in repr(weight.placements), "the cut that is nested the other way round"
    return wrong + _misplaced(whole, weight, "two cuts of one dimension")


def _misplaced(whole: torch.Tensor, spread: DTensor, label: str) -> list[str]:
    held, wrong = 0, []
    for (offsets, sizes), view in local_pieces(spread):
        held += view.numel()
        box = tuple(slice(o, o + n) for o, n in zip(offsets, sizes, strict=True))
        if not torch.equal(whole[box], view):
            wrong.append(label)
    return wrong if held == spread.to_local().numel() else [*wrong, f"{label}: {held} values"]


@pytest.mark.nightly
def test_every_value_is_where_its_box_says() -> None:
    assert run_ranks(check_pieces, 4) == [[]] * 4
