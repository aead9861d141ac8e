"""The classical mistakes of parallel training, made on purpose: the parity tests see every one of
them, far above their tolerance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import pytest
import torch
from tests.parallel.parity_case import Case, compare
from tests.parallel.ranks_harness import run_ranks
from torch import nn

from yanmo.models.decoder import Decoder
from yanmo.parallel import apply, gradients, sharded
from yanmo.parallel import context as context_module
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.ranks import Ranks

VISIBLE = 1e-4
"""What a mistake must move a loss or a norm by, at least."""

MUTANTS: Mapping[str, Case] = {
    "average_averages": Case("mean of means", {"shard": 2}, num_steps=3),
    "forget_data_ranks": Case("no factor of data ranks", {"shard": 2}, num_steps=3),
    "norm_of_one_stage": Case("norm of one stage", {"pipeline": 2}, num_steps=3),
    "norm_of_one_part": Case("norm of one tensor rank", {"tensor": 2}, num_steps=3),
    "untie": Case("untied", {"tensor": 2}, shape="tied", num_steps=3),
    "forget_offset": Case("no position offset", {"context": 2}, num_steps=3),
}


def average_averages() -> None:
    """Each process divides by its own targets, and the averages are averaged."""
    real = sharded.share_of_loss
    state: dict[str, int] = {}
    accumulate = sharded.ShardedExecution.accumulate

    def counting(self: Any, batches: Any, loss: Any, num_targets: int, before: Any) -> float:
        state["own"] = sum(int((batch["labels"] >= 0).sum()) for batch in batches)
        return accumulate(self, batches, loss, num_targets, before)

    sharded.ShardedExecution.accumulate = counting
    sharded.share_of_loss = lambda loss_sum, _, __: real(loss_sum, state["own"], 1)


def forget_data_ranks() -> None:
    """The loss is not scaled up by the processes over which gradients are averaged."""
    sharded.gradient_scale = lambda _: 1


def norm_of_one_stage() -> None:
    """Every stage of a pipeline clips by its own norm."""
    gradients.NORM_AXES = ("replicate", "shard", "context", "tensor")


def norm_of_one_part() -> None:
    """Every process of the tensor axis clips by the norm of what it has."""
    gradients.NORM_AXES = ("pipeline", "replicate", "shard", "context")


def untie() -> None:
    """The output projection gets a parameter of its own, as `parallelize_module` leaves it."""
    real = apply.share_layers

    def untied(model: nn.Module, axis: Any, **options: Any) -> None:
        real(model, axis, **options)
        assert isinstance(model, Decoder)
        model.lm_head.weight = nn.Parameter(model.embed.weight.detach().clone())
        model.tie_weights = lambda: None
        fill = model.init_weights

        def init_weights(seed: int) -> None:
            fill(seed)
            local_tensor(model.lm_head.weight.data).copy_(local_tensor(model.embed.weight.data))

        model.init_weights = init_weights

    apply.share_layers = untied


def forget_offset() -> None:
    """Every process counts the positions of its part from zero."""
    for kind in (context_module.GatheredKeys, context_module.ExchangedHeads):
        kind.places = lambda self, num_positions, device: torch.arange(num_positions, device=device)


def make_mistake(ranks: Ranks, name: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
    """A case with a mistake that many processes make and one alone cannot."""
    mistake: Callable[[], None] = globals()[name]
    mistake()
    return compare(ranks, [fields])


def run(name: str) -> dict[str, Any]:
    """What a mistake moves."""
    case = MUTANTS[name]
    results: list[list[dict[str, Any]]] = run_ranks(
        make_mistake, case.num_processes, name, asdict(case)
    )
    return results[0][0]


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mistake_is_seen(name: str) -> None:
    found = run(name)
    print(name, found)
    assert max(found["loss"], found["norm"]) > VISIBLE
