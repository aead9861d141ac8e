"""One pre-norm Transformer block: attention and feed-forward, each added to the residual stream."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.nn.attention import Attention, AttentionContext


class Block(nn.Module):
    """`x += attn(attn_norm(x)); x += mlp(mlp_norm(x))` (pre-norm, Xiong et al. 2020, table 1).

    Args:
        attn: the attention layer.
        mlp: the feed-forward layer.
        attn_norm: norm before attention.
        mlp_norm: norm before the feed-forward layer.
        dropout: probability of dropping an element of a branch before it is added.
    """

    def __init__(
        self,
        *,
        attn: Attention,
        mlp: nn.Module,
        attn_norm: nn.Module,
        mlp_norm: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.attn_norm = attn_norm
        self.attn = attn
        self.mlp_norm = mlp_norm
        self.mlp = mlp
        self.dropout = dropout

    def forward(self, x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
        """(B, T, D) to (B, T, D)."""
        x = x + self._drop(self.attn(self.attn_norm(x), context, layer))
        return x + self._drop(self.mlp(self.mlp_norm(x)))

    def _drop(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.dropout, self.training) if self.dropout > 0 else x
