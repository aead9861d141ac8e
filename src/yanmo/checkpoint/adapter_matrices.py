"""The small matrices of adapters, joined and cut where one layer there is several of ours.

GPT-2 in transformers has one layer for queries, keys and values, of which PEFT adapts the whole:
y += s B A x with A (R, in) and B (3 D, R). Ours has three layers, each with matrices of its own.

- Ours to theirs is exact: A is the As on top of each other, B has the Bs on its diagonal, R is the
  sum of the ranks, and what a part that is not adapted would add is zero.
- Theirs to ours is exact: each part has the whole A and its own rows of B. Of a B that we wrote,
  the blocks off the diagonal are left out again, so that ranks do not grow from folder to folder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from yanmo.models.families.module_names import FUSED


@dataclass(frozen=True)
class Matrices:
    """One adapted layer.

    Attributes:
        a: (rank, in).
        b: (out, rank).
        alpha: strength of what they add.
    """

    a: torch.Tensor
    b: torch.Tensor
    alpha: float

    @property
    def rank(self) -> int:
        """Width of the small matrices."""
        return self.a.shape[0]


def alpha_of_rank(alpha: float, old: int, new: int, *, is_stabilised: bool) -> float:
    """The alpha with which matrices of rank `new` have the scale of `alpha` at rank `old`."""
    return alpha * (math.sqrt(new / old) if is_stabilised else new / old)


def join_parts(parts: Mapping[str, Matrices], d_output: int, *, is_stabilised: bool) -> Matrices:
    """Matrices of queries, keys and values, those that there are, as those of one layer.

    Args:
        parts: by `q_proj`, `k_proj`, `v_proj`.
        d_output: width of each of the three outputs.
        is_stabilised: whether the scale is alpha / sqrt(rank).
    """
    named = [(FUSED.index(name), parts[name]) for name in FUSED if name in parts]
    rank = sum(part.rank for _, part in named)
    first = named[0][1]
    b = first.b.new_zeros(len(FUSED) * d_output, rank)
    begin = 0
    for place, part in named:
        b[place * d_output : (place + 1) * d_output, begin : begin + part.rank] = part.b
        begin += part.rank
        assert part.alpha / part.rank == first.alpha / first.rank, "parts of one scale"
    alpha = alpha_of_rank(first.alpha, first.rank, rank, is_stabilised=is_stabilised)
    return Matrices(torch.cat([part.a for _, part in named]), b, alpha)


def cut_parts(
    joined: Matrices, names: Sequence[str] | None, *, is_stabilised: bool
) -> dict[str, Matrices]:
    """Matrices of one layer as those of its queries, keys and values.

    Args:
        joined: of the one layer.
        names: the parts that the blocks on the diagonal belong to, where it is known that B has no
            others; None where it may have any.
        is_stabilised: whether the scale is alpha / sqrt(rank).
    """
    rows = dict(zip(FUSED, joined.b.chunk(len(FUSED)), strict=True))
    if names is None or joined.rank % len(names):
        return {
            name: Matrices(joined.a.clone(), b.clone(), joined.alpha) for name, b in rows.items()
        }
    rank = joined.rank // len(names)
    alpha = alpha_of_rank(joined.alpha, joined.rank, rank, is_stabilised=is_stabilised)
    parts = {}
    for place, name in enumerate(names):
        own = slice(place * rank, (place + 1) * rank)
        parts[name] = Matrices(joined.a[own].clone(), rows[name][:, own].clone(), alpha)
    return parts
