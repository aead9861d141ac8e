"""Weights in 8 and 4 bits stand for those they were made from, as nearly as their bits allow."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from yanmo.nn.quantized_linear import (
    Bits,
    QuantizedLinear,
    quantize_linear_layers,
    quantize_weight,
)


@pytest.mark.parametrize(("bits", "part"), [(8, 127), (4, 8)])
def test_no_weight_is_off_by_more_than_half_a_step(bits: Bits, part: int) -> None:
    weight = torch.randn(24, 100, generator=torch.Generator().manual_seed(0))
    quantized = quantize_weight(weight, bits)
    assert quantized.values.shape == (24, 128)
    assert quantized.scales.shape == (24, 4)
    error = (quantized.dequantize() - weight).abs()
    largest = torch.nn.functional.pad(weight, (0, 28)).view(24, 4, 32).abs().amax(-1)
    step = (largest / part).repeat_interleave(32, dim=1)[:, :100]
    # With 4 bits the value of the other sign than the largest may be cut off by one whole step.
    bound = 0.51 if bits == 8 else 1.01
    assert (error <= bound * step).all()
    assert error.mean() < 0.3 * step.mean()


@pytest.mark.parametrize("bits", [8, 4])
def test_zeros_and_huge_groups_stay_numbers(bits: Bits) -> None:
    weight = torch.zeros(2, 64)
    weight[1, :32] = 30000.0
    assert torch.equal(quantize_weight(weight, bits).dequantize()[0], torch.zeros(64))
    assert quantize_weight(weight, bits).dequantize().isfinite().all()


@pytest.mark.parametrize("bits", [8, 4])
def test_a_layer_computes_with_what_its_integers_stand_for(bits: Bits) -> None:
    linear = nn.Linear(70, 20)
    layer = QuantizedLinear(linear, bits)
    x = torch.randn(3, 5, 70)
    expected = nn.functional.linear(x, quantize_weight(linear.weight, bits).dequantize())
    torch.testing.assert_close(layer(x), expected + linear.bias)
    torch.testing.assert_close(layer.weight, quantize_weight(linear.weight, bits).dequantize())
    assert layer(x.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize(("bits", "most"), [(8, 8.5), (4, 4.5)])
def test_a_layer_takes_the_bytes_that_its_bits_say(bits: Bits, most: float) -> None:
    layer = QuantizedLinear(nn.Linear(256, 64, bias=False), bits)
    num_bytes = sum(buffer.numel() * buffer.element_size() for buffer in layer.buffers())
    assert num_bytes * 8 == most * 256 * 64


def test_all_linear_layers_of_a_model_are_swapped() -> None:
    model = nn.Sequential(nn.Linear(32, 32), nn.Sequential(nn.GELU(), nn.Linear(32, 8)))
    x = torch.randn(4, 32)
    expected = model(x)
    assert quantize_linear_layers(model, 8) == 2
    assert not any(type(module) is nn.Linear for module in model.modules())
    torch.testing.assert_close(model(x), expected, atol=0.02, rtol=0)
