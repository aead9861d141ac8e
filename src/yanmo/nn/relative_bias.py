"""Learned biases by relative position, in T5's buckets, one number a bucket and head.

Positions of queries and keys come in, numbers that are added to the attention scores go out. Short
distances have buckets of their own, long ones share buckets that widen logarithmically.
"""

from __future__ import annotations

import math

import torch
from torch import nn


def relative_buckets(
    distances: torch.Tensor, *, num_buckets: int, max_distance: int, is_bidirectional: bool
) -> torch.Tensor:
    """The bucket of each relative position (Raffel et al. 2020, sec. 2.1).

    Args:
        distances: key position minus query position, integers of any shape.
        num_buckets: buckets in all.
        max_distance: from this distance on everything is in one bucket.
        is_bidirectional: half of the buckets are for keys that come later; otherwise later keys
            share the bucket of distance 0, since causal attention does not see them.

    Returns:
        Integers from 0 to `num_buckets` - 1, of the same shape.
    """
    first = torch.zeros_like(distances)
    if is_bidirectional:
        num_buckets //= 2
        first = (distances > 0) * num_buckets
        distances = distances.abs()
    else:
        distances = (-distances).clamp(min=0)
    num_exact = num_buckets // 2
    # In float32 and in this order of operations, so that the edges of the buckets fall where those
    # of released checkpoints do.
    shares = torch.log(distances.clamp(min=1).float() / num_exact) / math.log(
        max_distance / num_exact
    )
    wide = num_exact + (shares * (num_buckets - num_exact)).long()
    return first + torch.where(distances < num_exact, distances, wide.clamp(max=num_buckets - 1))


class RelativeBias(nn.Module):
    """T5's relative attention bias; one layer of a stack owns it and all layers add it.

    Args:
        num_buckets: rows of the table; even where `is_bidirectional`.
        max_distance: from this distance on everything is in one bucket.
        num_heads: heads N.
        is_bidirectional: whether later keys are told from earlier ones (encoders).
    """

    def __init__(
        self, num_buckets: int, max_distance: int, num_heads: int, is_bidirectional: bool
    ) -> None:
        super().__init__()
        num_exact = num_buckets // (4 if is_bidirectional else 2)
        assert 0 < num_exact < max_distance, (
            f"{num_buckets} buckets do not divide distances up to {max_distance}"
        )
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.is_bidirectional = is_bidirectional
        self.weight = nn.Parameter(torch.empty(num_buckets, num_heads))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, query_positions: torch.Tensor, key_positions: torch.Tensor) -> torch.Tensor:
        """Positions (T,) and (S,) to the bias (1, N, T, S)."""
        buckets = self.buckets(query_positions, key_positions)
        return nn.functional.embedding(buckets, self.weight).permute(2, 0, 1)[None]  # (1, N, T, S)

    def buckets(self, query_positions: torch.Tensor, key_positions: torch.Tensor) -> torch.Tensor:
        """Positions (T,) and (S,) to rows of the table, (T, S)."""
        return relative_buckets(
            key_positions[None, :] - query_positions[:, None],
            num_buckets=self.num_buckets,
            max_distance=self.max_distance,
            is_bidirectional=self.is_bidirectional,
        )
