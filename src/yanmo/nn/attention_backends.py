"""How the products of attention are computed: written out, by torch's fused kernels, or by flex.

Queries, keys, values and a mask come in, mixed values go out; every backend gives the same numbers.
`auto` takes the backend that was fastest where it was measured. What a mask means, and what heads
and positions are, is not known here.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Literal

import torch
from torch.nn import functional as F

from yanmo.nn.mask import causal_offset_mask

AttentionBackend = Literal["auto", "explicit", "sdpa", "flex"]

_BLOCK_QUERIES = 128
"""Queries that the explicit form takes at a time."""


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    mask: torch.Tensor | None = None,
    is_causal: bool = False,
    dropout: float = 0.0,
    scale: float | None = None,
    backend: AttentionBackend = "auto",
) -> torch.Tensor:
    """Scaled dot-product attention, softmax(scale Q K^T + mask) V (Vaswani et al. 2017, eq. 1).

    A query that the mask lets see nothing gets zeros, and gives no gradient.

    Args:
        query: (B, N, T, H).
        key: (B, K, S, H); each key head serves N / K query heads.
        value: (B, K, S, H).
        mask: (B or 1, 1 or N, T or 1, S), boolean (True where a key may be seen) or added to the
            scores; None where everything is seen.
        is_causal: queries are the last T of the S positions and see no later key; without `mask`.
        dropout: probability of dropping an attention weight.
        scale: what scores are multiplied by; 1 / sqrt(H) where None.
        backend: who computes it. `flex` has no dropout, and no gradient on a CPU.

    Returns:
        (B, N, T, H).
    """
    assert mask is None or not is_causal, "a mask says itself what is causal"
    if is_causal and query.shape[2] == 1:
        is_causal = False  # the last position sees all keys
    if mask is not None and mask.is_floating_point():
        mask = mask.to(query.dtype)
    scale = query.shape[3] ** -0.5 if scale is None else scale
    if backend == "explicit":
        return _explicit(query, key, value, mask, is_causal, dropout, scale)
    if backend == "flex":
        assert dropout == 0.0, "flex attention has no dropout"
        return _flex(query, key, value, mask, is_causal, scale)
    return _sdpa(query, key, value, mask, is_causal, dropout, scale)


def _sdpa(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    is_causal: bool,
    dropout: float,
    scale: float,
) -> torch.Tensor:
    """torch's `scaled_dot_product_attention`, which picks a fused kernel where it has one."""
    num_queries, num_keys = query.shape[2], key.shape[2]
    if is_causal and num_queries != num_keys:  # torch would align the first query to the first key
        mask, is_causal = causal_offset_mask(num_queries, num_keys, query.device), False
    num_groups = query.shape[1] // key.shape[1]
    if num_groups > 1:
        key = key.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
        value = value.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
    return F.scaled_dot_product_attention(
        query, key, value, mask, is_causal=is_causal, dropout_p=dropout, scale=scale
    )


def _explicit(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    is_causal: bool,
    dropout: float,
    scale: float,
) -> torch.Tensor:
    """The matrix form, in blocks of queries; a causal block reads only the keys that it sees."""
    num_queries, num_keys = query.shape[2], key.shape[2]
    is_empty = None
    if mask is not None:
        mask, is_empty = _fill_empty_rows(mask)
    size = _BLOCK_QUERIES if is_causal else num_queries
    mixed = []
    for begin in range(0, num_queries, size):
        end = min(begin + size, num_queries)
        seen = num_keys - num_queries + end if is_causal else num_keys
        allowed = mask
        if is_causal:
            allowed = causal_offset_mask(end - begin, seen, query.device)
        elif mask is not None and mask.shape[2] > 1:
            allowed = mask[:, :, begin:end]
        mixed.append(
            _mix(
                query[:, :, begin:end] * scale,
                key[:, :, :seen],
                value[:, :, :seen],
                allowed,
                dropout,
            )
        )
    out = mixed[0] if len(mixed) == 1 else torch.cat(mixed, dim=2)
    return out if is_empty is None else out.masked_fill(is_empty, 0.0)


def _mix(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float,
) -> torch.Tensor:
    """softmax(Q K^T + mask) V of one block; the query heads of one key head are rows of one
    product."""
    batch_size, num_heads, num_queries, head_dim = query.shape
    num_kv_heads, num_keys = key.shape[1], key.shape[2]
    rows = query.reshape(batch_size, num_kv_heads, -1, head_dim)  # (B, K, N/K * T, H)
    scores = rows @ key.transpose(2, 3)  # (B, K, N/K * T, S)
    scores = scores.view(batch_size, num_heads, num_queries, num_keys)  # (B, N, T, S)
    if mask is not None:
        is_boolean = mask.dtype == torch.bool
        scores = scores.masked_fill(~mask, -math.inf) if is_boolean else scores + mask
    weights = scores.softmax(-1)
    if dropout > 0:
        weights = F.dropout(weights, dropout)
    weights = weights.to(value.dtype).view(batch_size, num_kv_heads, -1, num_keys)
    return (weights @ value).view(batch_size, num_heads, num_queries, -1)  # (B, N, T, H)


def _fill_empty_rows(mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`mask` with rows that see nothing opened, and which rows those are, (B or 1, 1 or N, T, 1).

    The softmax of an empty row would be 0 / 0, and its gradient too.
    """
    if mask.dtype == torch.bool:
        is_empty = ~mask.any(-1, keepdim=True)
        return mask | is_empty, is_empty
    is_empty = mask.amax(-1, keepdim=True) == -math.inf
    return mask.masked_fill(is_empty, 0.0), is_empty


def _flex(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    is_causal: bool,
    scale: float,
) -> torch.Tensor:
    """torch's flex attention: blocks of keys that nobody in a block of queries sees are skipped."""
    from torch.nn.attention.flex_attention import create_block_mask

    (batch_size, num_heads, num_queries, _), num_keys = query.shape, key.shape[2]
    if is_causal:
        mask = causal_offset_mask(num_queries, num_keys, query.device)
    block_mask = score_mod = None
    if mask is not None:
        full = mask.expand(batch_size, num_heads, num_queries, num_keys)
        if mask.dtype == torch.bool:
            block_mask = create_block_mask(
                lambda b, h, q, k: full[b, h, q, k],
                None if mask.shape[0] == 1 else batch_size,
                None if mask.shape[1] == 1 else num_heads,
                num_queries,
                num_keys,
                query.device,
            )
        else:

            def score_mod(score: Any, b: Any, h: Any, q: Any, k: Any) -> Any:
                return score + full[b, h, q, k]

    mixed: torch.Tensor = _flex_function(query.device.type)(
        query,
        key,
        value,
        score_mod=score_mod,
        block_mask=block_mask,
        scale=scale,
        enable_gqa=num_heads != key.shape[1],
    )
    return mixed


@functools.cache
def _flex_function(device_type: str) -> Any:
    """Flex attention, compiled on a GPU, where it is a kernel only when compiled."""
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention) if device_type == "cuda" else flex_attention
