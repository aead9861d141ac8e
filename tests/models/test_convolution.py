"""The convolutional language model: what it sees, and how far back."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.older_models import build_causal, draw_tokens

from yanmo.models.convolution import ConvolutionModel


def build(**fields: Any) -> ConvolutionModel:
    model = build_causal("cnn", **fields)
    assert isinstance(model, ConvolutionModel)
    return model.eval()


@pytest.mark.parametrize(
    ("fields", "receptive_field"),
    [
        ({"depth": 1, "kernel_size": 4}, 4),
        ({"depth": 3, "kernel_size": 4, "dilation_cycle": 1}, 10),
        ({"depth": 3, "kernel_size": 4}, 22),  # 1 + 3 (1 + 2 + 4)
        ({"depth": 3, "kernel_size": 2, "dilation_cycle": 2}, 5),  # 1 + 1 + 2 + 1
        ({"depth": 2, "kernel_size": 1}, 1),
    ],
)
def test_a_prediction_sees_its_receptive_field_and_nothing_before(
    fields: dict[str, Any], receptive_field: int
) -> None:
    model = build(**fields)
    assert model.config.receptive_field() == receptive_field
    tokens = draw_tokens(1, 30)
    before = model(tokens=tokens).logits[0, -1]
    for back in range(30):
        other = tokens.clone()
        other[0, -1 - back] = (other[0, -1 - back] + 1) % 96
        is_same = torch.equal(model(tokens=other).logits[0, -1], before)
        assert is_same == (back >= receptive_field)


def test_time_is_kept() -> None:
    for length in (1, 2, 17):
        assert build()(tokens=draw_tokens(2, length)).logits.shape == (2, length, 96)


def test_taps_of_successive_layers_lie_further_apart() -> None:
    model = build(depth=6, dilation_cycle=4)
    found = [block.conv.dilation for block in model.blocks]  # type: ignore[union-attr]
    assert found == [1, 2, 4, 8, 1, 2]


def test_a_cache_keeps_a_window_of_each_layer() -> None:
    model = build(depth=3)
    cache = model.build_cache(2, 100)
    for _ in range(4):
        model(tokens=draw_tokens(2, 13), cache=cache)
    x = torch.zeros(2, 1, 16)
    kept = [cache.extend(layer, x, 0).shape[1] for layer in range(3)]
    assert kept == [3, 6, 12]
