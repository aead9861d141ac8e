"""Rotary position embedding (Su et al. 2021, eq. 34), in the half-split layout of GPT-NeoX.

Channel i is paired with channel i + H/2, the layout that Llama and Qwen checkpoints use. Positions
come in, rotated queries or keys go out; a `RotaryScaling` lowers the frequencies for contexts that
are longer than those of the training before.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch

from yanmo.nn.rotary_scaling import RotaryScaling


class RotaryAngles(NamedTuple):
    """Cosine and sine of the rotation angle of each pair, float32, (B, 1, T, H/2) each.

    Both carry the attention factor of the scaling, where it has one.
    """

    cos: torch.Tensor
    sin: torch.Tensor


class RotaryFrequencies(NamedTuple):
    """Radians per position of each pair, (H/2,) float32, and what the rotation is multiplied by."""

    frequencies: torch.Tensor
    attention_factor: float


def rotary_angles(
    positions: torch.Tensor, head_dim: int, theta: float, scaling: RotaryScaling | None = None
) -> RotaryAngles:
    """Angles for `positions` (B, T): `position * theta ** (-2i / H)` for i < H / 2, then scaled."""
    frequencies, factor = rotary_frequencies(head_dim, theta, scaling, positions.device)
    angles = positions[:, None, :, None].float() * frequencies  # (B, 1, T, H/2)
    if factor == 1.0:
        return RotaryAngles(angles.cos(), angles.sin())
    return RotaryAngles(angles.cos() * factor, angles.sin() * factor)


def rotary_frequencies(
    head_dim: int, theta: float, scaling: RotaryScaling | None, device: torch.device
) -> RotaryFrequencies:
    """Frequencies of the H/2 pairs after `scaling`, and its attention factor (1 where it has none).

    The numbers are those that `transformers` computes for `rope_type` linear, yarn and llama3.
    """
    channels = torch.arange(0, head_dim, 2, device=device, dtype=torch.float32)
    frequencies = theta ** (-channels / head_dim)  # (H/2,)
    if scaling is None:
        return RotaryFrequencies(frequencies, 1.0)
    if scaling.kind == "yarn":
        slowed = _yarn_share(scaling, head_dim, theta, device)
    elif scaling.kind == "llama3":
        slowed = _llama3_share(scaling, frequencies)
    else:
        return RotaryFrequencies(frequencies / scaling.factor, 1.0)
    factor = 1.0
    if scaling.kind == "yarn":
        factor = scaling.attention_factor or 0.1 * math.log(scaling.factor) + 1.0  # Peng, sec. 3.4
    return RotaryFrequencies(
        frequencies * (1 - slowed) + frequencies / scaling.factor * slowed, factor
    )


def _yarn_share(
    scaling: RotaryScaling, head_dim: int, theta: float, device: torch.device
) -> torch.Tensor:
    """How far each pair is interpolated, 0 to 1 (H/2,): 1 - gamma of Peng et al. 2023, sec. 3.2.

    The ramp runs over the index of the pair, between the whole indices where it turns `beta_fast`
    and `beta_slow` times, as released checkpoints were made.
    """
    length = scaling.original_max_seq_len
    assert length is not None, "yarn scaling without its original length"

    def pair_that_turns(num_turns: float) -> float:
        return head_dim * math.log(length / (num_turns * 2 * math.pi)) / (2 * math.log(theta))

    first = max(math.floor(pair_that_turns(scaling.beta_fast)), 0)
    last: float = min(math.ceil(pair_that_turns(scaling.beta_slow)), head_dim - 1)
    if first == last:
        last += 0.001  # a step in place of the ramp
    pairs = torch.arange(head_dim // 2, device=device, dtype=torch.float32)
    return ((pairs - first) / (last - first)).clamp(0, 1)


def _llama3_share(scaling: RotaryScaling, frequencies: torch.Tensor) -> torch.Tensor:
    """How far each pair is interpolated, 0 to 1 (H/2,), by its turns in the original length."""
    length = scaling.original_max_seq_len
    assert length is not None, "llama3 scaling without its original length"
    turns = frequencies * (length / (2 * math.pi))
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    return 1 - ((turns - low) / (high - low)).clamp(0, 1)


def apply_rotary(x: torch.Tensor, angles: RotaryAngles) -> torch.Tensor:
    """Rotate `x` (B, N, T, H) by its positions; the dtype of `x` is kept."""
    rotated: torch.Tensor = _Rotation.apply(x, angles.cos, angles.sin)  # type: ignore[no-untyped-call]
    return rotated


class _Rotation(torch.autograd.Function):
    """A rotation, whose gradient is the rotation back: nothing but the angles is kept for it."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotate(x, cos, sin)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotate(grad, cos, -sin), None, None


def _rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)  # (B, N, T, H/2) each
    rotated = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
    return rotated.to(x.dtype)  # (B, N, T, H)
