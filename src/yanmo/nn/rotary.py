"""Rotary position embedding (Su et al. 2021, eq. 34), in the half-split layout of GPT-NeoX.

Channel i is paired with channel i + H/2, the layout that Llama and Qwen checkpoints use.
"""

from __future__ import annotations

from typing import NamedTuple

import torch


class RotaryAngles(NamedTuple):
    """Cosine and sine of every rotation angle, each float32 of shape (B, 1, T, H)."""

    cos: torch.Tensor
    sin: torch.Tensor


def rotary_angles(positions: torch.Tensor, head_dim: int, theta: float) -> RotaryAngles:
    """Angles for `positions` (B, T): `position * theta ** (-2i / H)` for i < H / 2."""
    channels = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32)
    frequencies = theta ** (-channels / head_dim)  # (H/2,)
    angles = positions[:, None, :, None].float() * frequencies  # (B, 1, T, H/2)
    angles = torch.cat((angles, angles), dim=-1)  # (B, 1, T, H)
    return RotaryAngles(angles.cos(), angles.sin())


def apply_rotary(x: torch.Tensor, angles: RotaryAngles) -> torch.Tensor:
    """Rotate `x` (B, N, T, H) by its positions; the dtype of `x` is kept."""
    first, second = x.chunk(2, dim=-1)  # (B, N, T, H/2) each
    rotated = torch.cat((-second, first), dim=-1)  # (B, N, T, H)
    return (x * angles.cos + rotated * angles.sin).to(x.dtype)
