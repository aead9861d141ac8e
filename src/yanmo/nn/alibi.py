"""Attention with linear biases: a penalty that grows with the distance, in place of positions.

Positions of queries and keys come in, numbers that are added to the attention scores go out. There
is nothing to learn and no longest sequence (Press et al. 2022).
"""

from __future__ import annotations

import torch


def alibi_slopes(num_heads: int, device: torch.device | None = None) -> torch.Tensor:
    """The slope of each head, (N,) float32 (Press et al. 2022, sec. 3).

    For N a power of two the slopes are 2^(-8/N), 2^(-16/N), ..., 2^-8. Otherwise those of the
    power of two below N come first, then every other one of the power of two above, as in the
    authors' code and in BLOOM.
    """
    below = 1 << (num_heads.bit_length() - 1)
    exponents = [-8.0 * head / below for head in range(1, below + 1)]
    exponents += [-4.0 * head / below for head in range(1, 2 * (num_heads - below), 2)]
    return 2.0 ** torch.tensor(exponents, dtype=torch.float32, device=device)


def alibi_bias(
    query_positions: torch.Tensor, key_positions: torch.Tensor, num_heads: int
) -> torch.Tensor:
    """`-slope * |query position - key position|`, to be added to the scores before the softmax.

    Args:
        query_positions: (B, T) integers.
        key_positions: (B, S) integers.
        num_heads: heads N.

    Returns:
        (B, N, T, S) float32.
    """
    distances = (query_positions[:, :, None] - key_positions[:, None, :]).abs()  # (B, T, S)
    slopes = alibi_slopes(num_heads, query_positions.device)
    return -slopes[:, None, None] * distances[:, None]  # (B, N, T, S)
