"""Gradient norms by block, and the blocks that are out of proportion."""

from __future__ import annotations

import math

import pytest
import torch
from tests.training.small_job import build_model
from torch import nn

from yanmo.training.guards.gradients import (
    GradientWatch,
    gradient_norms,
    layer_of,
    odd_gradients,
)


def model_with_gradients(scale_of: dict[str, float]) -> nn.Module:
    """The small model with random gradients, multiplied by block."""
    model = build_model()
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        gradient = torch.randn(parameter.shape, generator=generator)
        parameter.grad = gradient * scale_of.get(layer_of(name), 1.0)
    return model


def test_blocks_add_up_to_the_norm_of_the_whole_gradient() -> None:
    model = model_with_gradients({"blocks.1": 3.0})
    norms = gradient_norms(model)
    assert list(norms) == ["embed", "blocks.0", "blocks.1", "final_norm"]
    whole = nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
    assert math.sqrt(sum(norm**2 for norm in norms.values())) == pytest.approx(float(whole))
    assert norms["blocks.1"] == pytest.approx(3 * norms["blocks.0"], rel=0.1)


def test_a_parameter_without_gradient_is_left_out() -> None:
    model = model_with_gradients({})
    for name, parameter in model.named_parameters():
        if layer_of(name) == "blocks.0":
            parameter.grad = None
    assert "blocks.0" not in gradient_norms(model)
    assert odd_gradients({}) == []


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("blocks.3.attn.q_proj.weight", "blocks.3"),
        ("encoder.blocks.11.mlp_norm.bias", "encoder.blocks.11"),
        ("embed.weight", "embed"),
        ("rnn.weight_ih_l0", "rnn"),
        ("scale", "scale"),
        ("blocks.3.mlp.experts.7.up_proj.weight", "blocks.3"),
    ],
)
def test_layers_are_named_by_their_block(name: str, layer: str) -> None:
    assert layer_of(name) == layer


def test_odd_layers_are_named_once() -> None:
    watch = GradientWatch()
    assert watch.new_findings({"a": 1.0, "b": 900.0, "c": 1.1, "d": 0.001}) == []
    norms = gradient_norms(model_with_gradients({"blocks.0": 1e-9, "blocks.1": 1e4}))
    vanished, exploded = watch.new_findings(norms)
    assert (vanished.layer, vanished.has_vanished) == ("blocks.0", True)
    assert (exploded.layer, exploded.has_vanished) == ("blocks.1", False)
    assert "vanished" in str(vanished) and "blocks.1 explodes" in str(exploded)
    assert watch.new_findings(norms) == []
    assert watch.new_findings({"blocks.0": 1e4, "embed": 1.0, "lm_head": 1.0})[0].norm == 1e4
    assert watch.new_findings({"x": math.nan}) == []
