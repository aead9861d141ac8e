"""Self-attention: multi-head and grouped-query, with optional query-key norm and rotary positions.

`attend` is the one function through which every layer computes attention, so that a backend is
chosen in one place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.nn.cache import KeyValueCache
from yanmo.nn.norm import RMSNorm
from yanmo.nn.rotary import RotaryAngles, apply_rotary


@dataclass(frozen=True)
class AttentionContext:
    """What all layers of one forward pass share.

    Attributes:
        mask: (B or 1, 1, T, S), boolean (True where a key may be seen) or added to the scores;
            None with `is_causal`.
        is_causal: plain causal attention over one document, T = S.
        rotary: rotation angles of the queries' positions, or None.
        cache: where keys and values of earlier positions are kept, or None.
    """

    mask: torch.Tensor | None
    is_causal: bool
    rotary: RotaryAngles | None
    cache: KeyValueCache | None


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    mask: torch.Tensor | None,
    is_causal: bool,
    dropout: float,
) -> torch.Tensor:
    """Scaled dot-product attention, softmax(Q K^T / sqrt(H)) V (Vaswani et al. 2017, eq. 1).

    Args:
        query: (B, N, T, H).
        key: (B, K, S, H); each key head serves N / K query heads.
        value: (B, K, S, H).
        mask: (B or 1, 1, T, S), boolean (True where a key may be seen) or added to the scores.
        is_causal: mask by position; then `mask` is None and T = S.
        dropout: probability of dropping an attention weight.

    Returns:
        (B, N, T, H).
    """
    num_groups = query.shape[1] // key.shape[1]
    if num_groups > 1:
        key = key.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
        value = value.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
    return F.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=is_causal, dropout_p=dropout
    )


class Attention(nn.Module):
    """Self-attention over (B, T, D).

    Args:
        d_model: width D of the input and the output.
        num_heads: query heads N.
        num_kv_heads: key-value heads K, a divisor of N (Ainslie et al. 2023); K = N is multi-head.
        head_dim: width H of one head.
        has_bias: biases on the four projections.
        norm_eps: epsilon of the query-key norm (Henry et al. 2020), or None for no such norm.
        dropout: probability of dropping an attention weight while training.
    """

    def __init__(
        self,
        *,
        d_model: int,
        num_heads: int,
        num_kv_heads: int,
        head_dim: int,
        has_bias: bool,
        norm_eps: float | None,
        dropout: float,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads
        self.head_dim = head_dim
        self.dropout = dropout
        self.q_proj = nn.Linear(d_model, num_heads * head_dim, bias=has_bias)
        self.k_proj = nn.Linear(d_model, num_kv_heads * head_dim, bias=has_bias)
        self.v_proj = nn.Linear(d_model, num_kv_heads * head_dim, bias=has_bias)
        self.o_proj = nn.Linear(num_heads * head_dim, d_model, bias=has_bias)
        self.q_norm = RMSNorm(head_dim, norm_eps) if norm_eps is not None else None
        self.k_norm = RMSNorm(head_dim, norm_eps) if norm_eps is not None else None

    def forward(self, x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
        """Attend within `x` (B, T, D), and over the cache of `layer` where there is one."""
        query = self._split_heads(self.q_proj(x), self.num_heads)  # (B, N, T, H)
        key = self._split_heads(self.k_proj(x), self.num_kv_heads)  # (B, K, T, H)
        value = self._split_heads(self.v_proj(x), self.num_kv_heads)  # (B, K, T, H)
        if self.q_norm is not None and self.k_norm is not None:
            query, key = self.q_norm(query), self.k_norm(key)
        if context.rotary is not None:
            query, key = apply_rotary(query, context.rotary), apply_rotary(key, context.rotary)
        if context.cache is not None:
            key, value = context.cache.extend(layer, key, value)  # (B, K, S, H)
        mixed = attend(
            query,
            key,
            value,
            mask=context.mask,
            is_causal=context.is_causal,
            dropout=self.dropout if self.training else 0.0,
        )
        joined: torch.Tensor = self.o_proj(mixed.transpose(1, 2).flatten(2))  # (B, T, N*H) in
        return joined

    def _split_heads(self, x: torch.Tensor, num_heads: int) -> torch.Tensor:
        batch_size, num_positions, _ = x.shape
        heads = x.view(batch_size, num_positions, num_heads, self.head_dim)  # (B, T, N, H)
        return heads.transpose(1, 2)  # (B, N, T, H)
