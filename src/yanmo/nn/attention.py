"""Attention: multi-head and grouped-query, over the sequence itself or over an encoder's states.

What all layers of a pass share (masks, rotary angles, caches, the encoder's states) travels in one
`AttentionContext`; how the products are computed is chosen in `attention_backends`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from yanmo.nn.attention_backends import attend
from yanmo.nn.cache import KeyValueCache, MemoryCache
from yanmo.nn.norm import RMSNorm
from yanmo.nn.rotary import RotaryAngles, apply_rotary
from yanmo.nn.slot_cache import SlotPass

Mixing = Callable[..., torch.Tensor]
"""Computes the products of attention; called as `attention_backends.attend`."""


class RouterRecord:
    """The scores of all routers of one pass, in the order of layers.

    An object of its own and not a list: what shards a model looks for tensors in a layer's
    arguments, and hands the layer a copy of every list that holds one.
    """

    def __init__(self) -> None:
        self.scores: list[torch.Tensor] = []


@dataclass(frozen=True)
class AttentionContext:
    """What all layers of one forward pass share.

    Attributes:
        mask: (B or 1, 1 or N, T, S), boolean (True where a key may be seen) or added to the scores;
            None where everything is seen, or all that `is_causal` lets be seen.
        is_causal: no query sees a key behind it, T = S; the masks say so too.
        window_mask: `mask` for layers with a sliding window.
        rotary: rotation angles of the queries' positions, or None.
        cache: where keys and values of earlier positions are kept, or None.
        memory: (B, S, D), an encoder's states that cross-attention reads, or None.
        memory_mask: (B, 1, 1, S), which of them are real, as in `mask`.
        memory_cache: where their keys and values are kept between passes, or None.
        router_record: to which mixtures of experts add the scores of their routers, or None.
        mix: who computes the products of self-attention.
        document_ids: (B, T) where no query sees a key of another number, T = S; the masks say so
            too. None where that is not known.
        is_mask_implied: whether `mask` says no more than `is_causal` and `document_ids`.
    """

    mask: torch.Tensor | None = None
    is_causal: bool = False
    rotary: RotaryAngles | None = None
    cache: KeyValueCache | SlotPass | None = None
    window_mask: torch.Tensor | None = None
    memory: torch.Tensor | None = None
    memory_mask: torch.Tensor | None = None
    memory_cache: MemoryCache | None = None
    router_record: RouterRecord | None = None
    mix: Mixing = attend
    document_ids: torch.Tensor | None = None
    is_mask_implied: bool = False


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
        is_scaled: whether scores are divided by sqrt(H).
        is_windowed: whether this layer uses the context's mask for sliding windows.
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
        is_scaled: bool = True,
        is_windowed: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.num_kv_heads = num_kv_heads
        self.head_dim = head_dim
        self.dropout = dropout
        self.scale = None if is_scaled else 1.0
        self.is_windowed = is_windowed
        self.q_proj = nn.Linear(d_model, num_heads * head_dim, bias=has_bias)
        self.k_proj = nn.Linear(d_model, num_kv_heads * head_dim, bias=has_bias)
        self.v_proj = nn.Linear(d_model, num_kv_heads * head_dim, bias=has_bias)
        self.o_proj = nn.Linear(num_heads * head_dim, d_model, bias=has_bias)
        self.q_norm = RMSNorm(head_dim, norm_eps) if norm_eps is not None else None
        self.k_norm = RMSNorm(head_dim, norm_eps) if norm_eps is not None else None

    def forward(self, x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
        """Attend within `x` (B, T, D), and over the cache of `layer` where there is one."""
        query = self._split_heads(self.q_proj(x), self.num_heads)  # (B, N, T, H)
        key, value = self._keys_and_values(x)  # (B, K, T, H) each
        if self.q_norm is not None and self.k_norm is not None:
            query, key = self.q_norm(query), self.k_norm(key)
        if context.rotary is not None:
            query, key = apply_rotary(query, context.rotary), apply_rotary(key, context.rotary)
        if context.cache is not None:
            key, value = context.cache.extend(layer, key, value)  # (B, K, S, H)
        mask = context.window_mask if self.is_windowed else context.mask
        mix = context.mix
        if context.document_ids is not None:
            is_implied = context.is_mask_implied and mask is context.mask
            mix = partial(mix, document_ids=context.document_ids, is_mask_implied=is_implied)
        return self._mix(query, key, value, mask, context.is_causal, mix)

    def _keys_and_values(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        key = self._split_heads(self.k_proj(x), self.num_kv_heads)  # (B, K, S, H)
        value = self._split_heads(self.v_proj(x), self.num_kv_heads)  # (B, K, S, H)
        return key, value

    def _mix(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        is_causal: bool,
        mix: Mixing,
    ) -> torch.Tensor:
        mixed = mix(
            query,
            key,
            value,
            mask=mask,
            is_causal=is_causal,
            dropout=self.dropout if self.training else 0.0,
            scale=self.scale,
        )
        joined: torch.Tensor = self.o_proj(mixed.transpose(1, 2).flatten(2))  # (B, T, N*H) in
        return joined

    def _split_heads(self, x: torch.Tensor, num_heads: int) -> torch.Tensor:
        batch_size, num_positions, _ = x.shape
        heads = x.view(batch_size, num_positions, num_heads, self.head_dim)  # (B, T, N, H)
        return heads.transpose(1, 2)  # (B, N, T, H)


class CrossAttention(Attention):
    """Attention of a decoder's positions over an encoder's states (Vaswani et al. 2017, 3.2.3)."""

    def forward(self, x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
        """Attend from `x` (B, T, D) to `context.memory` (B, S, D), whose keys and values are
        computed once where there is a cache for them."""
        assert context.memory is not None, "cross-attention needs an encoder's states"
        query = self._split_heads(self.q_proj(x), self.num_heads)  # (B, N, T, H)
        kept = None if context.memory_cache is None else context.memory_cache.get(layer)
        key, value = kept or self._keys_and_values(context.memory)  # (B, K, S, H) each
        if context.memory_cache is not None and kept is None:
            context.memory_cache.put(layer, key, value)
        return self._mix(query, key, value, context.memory_mask, is_causal=False, mix=attend)
