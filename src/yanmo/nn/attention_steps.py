"""Attention written out step by step, so that scores and weights can be looked at.

Queries, keys and values come in; every intermediate goes out. `nn.attention` computes the same in
one kernel that keeps none of them, and is what models run; this is what explanations and tests
read. Nothing here knows a layer or a model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class AttentionSteps:
    """The intermediates of scaled dot-product attention.

    Attributes:
        scores: (..., T, S), `Q K^T / sqrt(H)`, with the bias added and -infinity where not allowed.
        weights: (..., T, S), the softmax of each row: it sums to 1.
        output: (..., T, H), `weights @ V`: one vector for each query.
    """

    scores: torch.Tensor
    weights: torch.Tensor
    output: torch.Tensor


def stable_softmax(scores: torch.Tensor) -> torch.Tensor:
    """`exp(x - max x) / sum(exp(x - max x))` over the last dimension.

    Taking the largest score away changes nothing but keeps `exp` from overflowing (Goodfellow et
    al. 2016, section 4.1). A row without any finite score has no softmax: it must have one.
    """
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return powers / powers.sum(-1, keepdim=True)


def attend_in_steps(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    allowed: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    scale: float | None = None,
) -> AttentionSteps:
    """softmax(Q K^T / sqrt(H) + bias) V (Vaswani et al. 2017, eq. 1), each step kept.

    Args:
        query: (..., T, H).
        key: (..., S, H), as many heads as the queries.
        value: (..., S, H).
        allowed: (..., T, S) boolean, True where a query may see a key; at least one in every row.
        bias: (..., T, S), added to the scores: ALiBi, or T5's relative positions.
        scale: what the products are multiplied by, if not `1 / sqrt(H)`; T5 multiplies by 1.
    """
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * scale  # (..., T, S)
    if bias is not None:
        scores = scores + bias
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    weights = stable_softmax(scores)
    return AttentionSteps(scores, weights, weights @ value)
