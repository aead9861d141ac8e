"""One Transformer block: attention, attention over an encoder where there is one, feed-forward.

Each branch is added to the residual stream, with its norm before it or after the sum.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.nn.attention import Attention, AttentionContext, CrossAttention
from yanmo.nn.mixture import MixtureOfExperts


class Block(nn.Module):
    """With the norm before: `x += attn(attn_norm(x)); x += mlp(mlp_norm(x))` (pre-norm, Xiong et
    al. 2020, table 1). After: `x = attn_norm(x + attn(x)); x = mlp_norm(x + mlp(x))` (post-norm,
    Vaswani et al. 2017, section 3.1).

    Args:
        attn: the attention layer.
        mlp: the feed-forward layer.
        attn_norm: norm of the attention branch.
        mlp_norm: norm of the feed-forward branch.
        dropout: probability of dropping an element of a branch before it is added.
        is_post_norm: whether norms come after the sums.
        cross_attn: attention over an encoder's states, between the two; None without an encoder.
        cross_attn_norm: norm of that branch.
    """

    def __init__(
        self,
        *,
        attn: Attention,
        mlp: nn.Module,
        attn_norm: nn.Module,
        mlp_norm: nn.Module,
        dropout: float,
        is_post_norm: bool = False,
        cross_attn: CrossAttention | None = None,
        cross_attn_norm: nn.Module | None = None,
    ) -> None:
        super().__init__()
        assert (cross_attn is None) == (cross_attn_norm is None), "a branch has its own norm"
        self.attn_norm = attn_norm
        self.attn = attn
        self.cross_attn_norm = cross_attn_norm
        self.cross_attn = cross_attn
        self.mlp_norm = mlp_norm
        self.mlp = mlp
        self.dropout = dropout
        self.is_post_norm = is_post_norm

    def forward(self, x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
        """(B, T, D) to (B, T, D)."""
        x = self._add_branch(x, self.attn_norm, lambda h: self.attn(h, context, layer))
        cross_attn = self.cross_attn
        if cross_attn is not None and self.cross_attn_norm is not None:
            x = self._add_branch(x, self.cross_attn_norm, lambda h: cross_attn(h, context, layer))
        return self._add_branch(x, self.mlp_norm, lambda h: self._feed_forward(h, context))

    def _feed_forward(self, x: torch.Tensor, context: AttentionContext) -> torch.Tensor:
        if isinstance(self.mlp, MixtureOfExperts):
            record = context.router_record
            return self.mlp(x, None if record is None else record.scores)  # type: ignore[no-any-return]
        return self.mlp(x)  # type: ignore[no-any-return]

    def _add_branch(
        self,
        x: torch.Tensor,
        norm: nn.Module,
        branch: Callable[[torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        if self.is_post_norm:
            return norm(x + self._drop(branch(x)))  # type: ignore[no-any-return]
        return x + self._drop(branch(norm(x)))

    def _drop(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.dropout, self.training) if self.dropout > 0 else x
