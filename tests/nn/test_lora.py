"""A layer with a low-rank product beside it: the equations, and nothing else that learns."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from yanmo.nn.lora import LoRALinear


def build(
    dtype: torch.dtype = torch.float64, *, is_fresh: bool = False, **fields: object
) -> LoRALinear:
    torch.manual_seed(0)
    settings: dict[str, object] = {"rank": 4, "alpha": 8.0}
    layer = LoRALinear(nn.Linear(12, 7, dtype=dtype), **(settings | fields))
    layer.init_weights(torch.Generator().manual_seed(1))
    if not is_fresh:
        nn.init.normal_(layer.lora_b)
    return layer.eval()


@pytest.mark.parametrize("is_rank_stabilised", [False, True])
def test_the_layer_follows_its_equation(is_rank_stabilised: bool) -> None:
    layer = build(is_rank_stabilised=is_rank_stabilised)
    x = torch.randn(3, 5, 12, dtype=torch.float64)
    scale = 8 / math.sqrt(4) if is_rank_stabilised else 8 / 4
    weight = layer.weight + scale * layer.lora_b @ layer.lora_a
    torch.testing.assert_close(layer(x), x @ weight.T + layer.bias, atol=1e-12, rtol=0)


def test_nothing_is_added_at_first() -> None:
    layer = build(is_fresh=True)
    x = torch.randn(3, 12, dtype=torch.float64)
    assert torch.equal(layer(x), nn.functional.linear(x, layer.weight, layer.bias))
    assert layer.lora_a.std().item() == pytest.approx(1 / math.sqrt(12), rel=0.5)


def test_the_small_matrices_alone_learn() -> None:
    layer = build()
    layer(torch.randn(3, 12, dtype=torch.float64)).sum().backward()
    learned = {name for name, weight in layer.named_parameters() if weight.grad is not None}
    assert learned == {"lora_a", "lora_b"}


def test_dropout_touches_the_small_branch_alone() -> None:
    layer = build(dropout=0.5).train()
    x = torch.ones(64, 12, dtype=torch.float64)
    rows = layer(x)
    assert rows.std(0).min() > 0
    with torch.no_grad():
        layer.lora_b.zero_()
    assert layer(x).std(0).max().item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_merged_equals_unmerged(dtype: torch.dtype, tolerance: float) -> None:
    layer = build(dtype)
    x = torch.randn(9, 12, dtype=dtype)
    expected = layer(x)
    plain = layer.merged()
    assert type(plain) is nn.Linear and plain.weight.requires_grad
    torch.testing.assert_close(plain(x), expected, atol=tolerance, rtol=0)
