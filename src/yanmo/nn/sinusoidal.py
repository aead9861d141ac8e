"""Fixed sinusoidal positions of the original Transformer, in the two layouts that are in use.

Positions come in, vectors that are added to the embeddings go out. Computed where they are needed:
there is no table, hence no longest sequence.
"""

from __future__ import annotations

from typing import Literal

import torch

SinusoidalLayout = Literal["interleaved", "halves"]


def sinusoidal_encoding(
    positions: torch.Tensor,
    d_model: int,
    layout: SinusoidalLayout = "interleaved",
    dtype: torch.dtype = torch.float32,
) -> torch.Tensor:
    """PE(p, 2i) = sin(p / 10000^(2i/D)), PE(p, 2i+1) = cos of the same (Vaswani et al. 2017,
    sec. 3.5).

    Args:
        positions: (B, T) integers.
        d_model: width D, even.
        layout: `interleaved` is the paper's, sine and cosine in turn; `halves` puts all sines
            before all cosines, as Marian checkpoints have it.
        dtype: of the result.

    Returns:
        (B, T, D).
    """
    assert d_model % 2 == 0, f"sinusoidal positions need an even width, not {d_model}"
    # In float64: the angle of position 2000 in float32 would already be off by 1e-4.
    channels = torch.arange(0, d_model, 2, device=positions.device, dtype=torch.float64)
    angles = positions[..., None] * 10_000.0 ** (-channels / d_model)  # (B, T, D/2)
    if layout == "halves":
        return torch.cat((angles.sin(), angles.cos()), dim=-1).to(dtype)  # (B, T, D)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2).to(dtype)  # (B, T, D)
