"""Linear layers whose weights are held in 8 or 4 bits, with a scale for every 32 of a row.

A weight is an integer times its group's scale: 8.5 or 4.5 bits a weight with the scale in float16.
The layers compute with the weights that this gives, in the dtype of what comes in. Applied to a
trained model from outside; nothing is trained through them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

Bits = Literal[8, 4]
GROUP = 32
"""Weights of a row that share a scale."""
_ROWS_AT_ONCE = 4096
_SMALLEST_SCALE = 2.0**-24
"""The least that float16 can hold."""


@dataclass(frozen=True)
class QuantizedWeight:
    """A matrix (N, K) in integers; rows are filled with zeros to a multiple of 32, Kp.

    Attributes:
        values: (N, Kp) int8, within -127..127 or -8..7.
        scales: (N, Kp / 32) float16.
        num_inputs: K.
    """

    values: torch.Tensor
    scales: torch.Tensor
    num_inputs: int

    def dequantize(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """The matrix (N, K) that the integers stand for."""
        num_rows = self.values.shape[0]
        groups = self.values.view(num_rows, -1, GROUP).float()  # (N, Kp / 32, 32)
        matrix = (groups * self.scales.float()[..., None]).view(num_rows, -1)
        return matrix[:, : self.num_inputs].to(dtype)


def quantize_weight(weight: torch.Tensor, bits: Bits) -> QuantizedWeight:
    """The integers nearest to `weight` (N, K).

    With 8 bits the largest of a group becomes 127; with 4 bits the largest becomes -8 of a scale
    of its own sign, so that all sixteen values are used.
    """
    parts = [_quantize_rows(rows, bits) for rows in torch.split(weight.detach(), _ROWS_AT_ONCE)]
    return QuantizedWeight(
        torch.cat([values for values, _ in parts]),
        torch.cat([scales for _, scales in parts]),
        weight.shape[1],
    )


def _quantize_rows(rows: torch.Tensor, bits: Bits) -> tuple[torch.Tensor, torch.Tensor]:
    padded = F.pad(rows.float(), (0, -rows.shape[1] % GROUP))
    groups = padded.view(len(rows), -1, GROUP)  # (N, Kp / 32, 32)
    lowest, highest = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
    largest = torch.where(highest + lowest < 0, lowest, highest)  # by magnitude, with its sign
    scales = largest.abs() / 127 if bits == 8 else largest / -8
    scales = scales.half()
    divisors = torch.where(scales.float().abs() < _SMALLEST_SCALE, 1.0, scales.float())
    bounds = (-127, 127) if bits == 8 else (-8, 7)
    values = (groups / divisors).round().clamp(*bounds).to(torch.int8)
    return values.view(len(rows), -1), scales.squeeze(-1)


class QuantizedLinear(nn.Module):
    """A Linear layer (K to N) that holds its weight in integers.

    Args:
        linear: the layer whose weight and bias it takes over.
        bits: of a weight.
    """

    def __init__(self, linear: nn.Linear, bits: Bits) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bits = bits
        quantized = quantize_weight(linear.weight, bits)
        self.register_buffer("values", _pack(quantized.values, bits))
        self.register_buffer("scales", quantized.scales)
        self.bias = linear.bias

    @property
    def quantized(self) -> QuantizedWeight:
        """The weight in integers."""
        values, scales = self.get_buffer("values"), self.get_buffer("scales")
        return QuantizedWeight(_unpack(values, self.bits), scales, self.in_features)

    @property
    def weight(self) -> torch.Tensor:
        """(N, K), computed anew."""
        dtype = torch.float32 if self.bias is None else self.bias.dtype
        return self.quantized.dequantize(dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., K) to (..., N)."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return F.linear(x, self.quantized.dequantize(x.dtype), bias)


def _pack(values: torch.Tensor, bits: Bits) -> torch.Tensor:
    """Two weights of 4 bits to a byte."""
    if bits == 8:
        return values
    shifted = (values + 8).to(torch.uint8)
    return shifted[:, 0::2] | (shifted[:, 1::2] << 4)


def _unpack(packed: torch.Tensor, bits: Bits) -> torch.Tensor:
    if bits == 8:
        return packed
    pairs = torch.stack((packed & 15, packed >> 4), dim=-1)  # (N, Kp / 2, 2)
    return pairs.flatten(1).to(torch.int8) - 8


def quantize_linear_layers(model: nn.Module, bits: Bits) -> int:
    """Swap every Linear layer of `model` for one of `bits`; how many that were.

    An output projection that is tied to the embedding is swapped too; the embedding stays.
    """
    count = 0
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, QuantizedLinear(child, bits))
                count += 1
    return count
