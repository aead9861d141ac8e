"""Rotary position embedding (Su et al. 2021, eq. 34), in the half-split layout of GPT-NeoX.

Channel i is paired with channel i + H/2, the layout that Llama and Qwen checkpoints use.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch


class RotaryAngles(NamedTuple):
    """Cosine and sine of the rotation angle of each pair, float32, (B, 1, T, H/2) each."""

    cos: torch.Tensor
    sin: torch.Tensor


def rotary_angles(positions: torch.Tensor, head_dim: int, theta: float) -> RotaryAngles:
    """Angles for `positions` (B, T): `position * theta ** (-2i / H)` for i < H / 2."""
    channels = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32)
    frequencies = theta ** (-channels / head_dim)  # (H/2,)
    angles = positions[:, None, :, None].float() * frequencies  # (B, 1, T, H/2)
    return RotaryAngles(angles.cos(), angles.sin())


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
