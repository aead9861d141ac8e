"""A spread model is the model of one process: its values, its dropout, its precision; and no
process holds more than its part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
import torch
import torch._dynamo.utils
from tests.parallel.parity_case import (
    SEED,
    Case,
    make_batch,
    own_micro_batches,
    shape_of,
    sum_loss,
    train,
)
from tests.parallel.ranks_harness import run_ranks
from torch import nn

from yanmo.models.build import build_model
from yanmo.nn.block import Block
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.execution import Execution
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks

CPU = torch.device("cpu")
MESHES: Sequence[tuple[str, dict[str, Any]]] = (
    ("qwen3", {"replicate": 2, "data_parallel": "ddp"}),
    ("tied", {"shard": 2}),
    ("tied", {"tensor": 2}),
    ("mixture", {"tensor": 2, "has_expert_parallel": True}),
    ("qwen3", {"pipeline": 2}),
    ("bert", {"shard": 2}),
)


def spread(ranks: Ranks, shape_name: str, fields: dict[str, Any], **options: Any) -> Execution:
    """The model of `shape_name` over a mesh."""
    mesh = build_mesh(ParallelConfig(**fields), ranks, CPU)
    return apply_parallelism(shape_of(shape_name), mesh, device=CPU, **options)


def begin(ranks: Ranks, meshes: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """How a model begins on each mesh: from a seed, and from the weights of another."""
    found = []
    for shape_name, fields in meshes:
        whole = build_model(shape_of(shape_name), CPU, SEED)
        wanted = dict(whole.named_parameters())
        moved = {name: value.detach() + 1.0 for name, value in wanted.items()}
        seeded = spread(ranks, shape_name, fields, seed=SEED)
        taken = spread(ranks, shape_name, fields, weights=moved)
        states = seeded.full_state(), taken.full_state()
        held = sum(local_tensor(p.detach()).numel() for p in seeded.model.parameters())
        result = {"share": held / whole.num_params(), "has_state": states[0] is not None}
        if states[0] is not None and states[1] is not None:
            result["is_seeded"] = states[0].keys() == wanted.keys() and all(
                torch.equal(states[0][name], wanted[name]) for name in wanted
            )
            result["is_taken"] = all(torch.equal(states[1][name], moved[name]) for name in wanted)
        found.append(result)
    return found


def drop(ranks: Ranks, fields: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Train with dropout, in two ways that must drop alike; what every process holds whole."""
    case = Case("dropout", fields, shape="dropout", num_steps=3)
    shape = shape_of("dropout")
    execution = spread(ranks, "dropout", fields, seed=SEED, dtype=torch.float64)
    execution.model.train()
    losses = train(execution, shape, case)["losses"]
    again = spread(ranks, "dropout", fields | other, seed=SEED, dtype=torch.float64)
    again.model.train()
    whole = {
        name: local_tensor(p.detach()).double().sum().item()
        for name, p in execution.model.named_parameters()
        if p.shape == local_tensor(p.detach()).shape
    }
    return {"losses": losses, "again": train(again, shape, case)["losses"], "whole": whole}


def measure_precision(ranks: Ranks) -> dict[str, Any]:
    """The same step with weights gathered in float32 and in bfloat16."""
    found: dict[str, Any] = {}
    for name in ("float32", "bfloat16"):
        dtype = getattr(torch, name)
        execution = spread(ranks, "qwen3", {"shard": 2}, seed=SEED, compute_dtype=dtype)
        batch = make_batch(shape_of("qwen3"), 0, is_packed=False)
        num_targets = int((batch["labels"] >= 0).sum())
        batches = own_micro_batches(batch, execution.mesh, 1)
        seen: list[str] = []

        def loss(model: nn.Module, batch: Any, seen: list[str] = seen) -> Any:
            loss_sum, count = sum_loss(model, batch)
            seen.append(str(loss_sum.dtype))
            return loss_sum, count

        found[name] = execution.accumulate(batches, loss, num_targets, torch.manual_seed)
        gradients = [p.grad for p in execution.model.parameters()]
        found[name + " dtypes"] = sorted({*seen, *(str(g.dtype) for g in gradients)})
    return found


def measure_twice(ranks: Ranks, fields: dict[str, Any]) -> list[float]:
    """The loss of a batch, and that of the same batch when every weight is zero."""
    execution = spread(ranks, "qwen3", fields, seed=SEED)
    [batch] = own_micro_batches(
        make_batch(shape_of("qwen3"), 0, is_packed=False), execution.mesh, 1
    )
    first, num_targets = execution.measure(batch, sum_loss)
    with torch.no_grad():
        for parameter in execution.model.parameters():
            parameter.zero_()
    second, _ = execution.measure(batch, sum_loss)
    return [first / num_targets, second / num_targets]


def compile_blocks(ranks: Ranks, fields: dict[str, Any]) -> dict[str, Any]:
    """Losses with compiled blocks and without, and how many graphs were made."""
    case, shape = Case("compiled", fields, num_steps=2), shape_of("qwen3")
    found: dict[str, Any] = {}
    torch._dynamo.utils.counters.clear()
    for name in ("plain", "compiled"):
        compile_block = None
        if name == "compiled":
            compile_block = partial(nn.Module.compile, backend="aot_eager")
        execution = spread(
            ranks, "qwen3", fields, seed=SEED, dtype=torch.float64, compile_block=compile_block
        )
        found[name] = train(execution, shape, case)
    counters = torch._dynamo.utils.counters
    return found | {
        "num_graphs": counters["stats"]["unique_graphs"],
        "breaks": list(counters["graph_break"]),
    }


def test_values_do_not_depend_on_the_mesh() -> None:
    of_ranks = run_ranks(begin, 2, MESHES)
    for place, (shape_name, fields) in enumerate(MESHES):
        told = of_ranks[0][place]
        assert told["has_state"] and not of_ranks[1][place]["has_state"]
        assert told["is_seeded"] and told["is_taken"], (shape_name, fields)
        if "replicate" not in fields:
            assert all(of_rank[place]["share"] < 0.65 for of_rank in of_ranks), fields


def test_processes_drop_alike_what_they_have_in_common() -> None:
    for fields in ({"tensor": 2}, {"tensor": 2, "is_sequence_parallel": False}):
        first, second = run_ranks(drop, 2, fields, {"activation_checkpointing": "full"})
        assert first["losses"] == second["losses"] == first["again"]
        assert first["whole"] == second["whole"] and len(first["whole"]) >= 9


def test_processes_with_other_rows_drop_other_elements() -> None:
    [first, _] = run_ranks(drop, 2, {"shard": 2}, {"reshard_after_forward": False})
    assert first["losses"] == first["again"]


def test_losses_and_gradients_are_float32_where_weights_are_gathered_in_bfloat16() -> None:
    found = run_ranks(measure_precision, 2)[0]
    assert found["bfloat16 dtypes"] == ["torch.float32"]
    assert found["bfloat16"] != found["float32"]
    assert abs(found["bfloat16"] / found["float32"] - 1) < 2e-3


def test_every_block_is_compiled_on_its_own() -> None:
    compiled: list[nn.Module] = []
    execution = spread(Ranks.alone(), "qwen3", {}, seed=SEED, compile_block=compiled.append)
    assert compiled == [m for m in execution.model.modules() if isinstance(m, Block)]
    assert len(compiled) == 4


def test_measuring_sees_the_weights_as_they_are_now() -> None:
    for reshards in (True, False):
        first, second = run_ranks(
            measure_twice, 2, {"shard": 2, "reshard_after_forward": reshards}
        )[0]
        assert first != second
        assert abs(second - math.log(256)) < 1e-5


@pytest.mark.nightly
def test_blocks_that_are_cut_or_sharded_are_compiled_too() -> None:
    for fields in (
        {"tensor": 2},
        {"tensor": 2, "is_sequence_parallel": False, "activation_checkpointing": "selective"},
        {"shard": 2, "activation_checkpointing": "full"},
    ):
        for found in run_ranks(compile_blocks, 2, fields, timeout_s=280):
            assert found["num_graphs"] >= 1 and found["breaks"] == []
            for key in ("losses", "norms"):
                pairs = zip(found["plain"][key], found["compiled"][key], strict=True)
                assert all(abs(x - y) < 1e-11 for x, y in pairs), (fields, key)
