"""How the products of attention are computed: written out, by torch's fused kernels, or by flex.

Queries, keys, values and a mask come in, mixed values go out; every backend gives the same numbers.
`auto` takes the backend that was fastest where it was measured, which is on a CPU without bfloat16
instructions (`bench/attention_backends.py`, time of the explicit form over that of sdpa, forward
and backward, heads of 32 and 64 channels, one thread):

    keys                               64           256          1024
    float32, causal or mask            1.06 - 1.30  1.15 - 1.82  1.56 - 3.46
    float32, bias with a gradient      0.79 - 0.88  0.93 - 0.99  1.14
    float32, dropout of weights        0.94 - 0.97  0.75 - 0.84  0.42 - 0.45
    float32, one query, no gradient    1.52 - 1.74  1.27 - 1.29  1.11 - 1.19
    bfloat16, causal or mask           0.47 - 0.68  1.11 - 1.34  1.47 - 1.79
    bfloat16, bias with a gradient     1.39 - 1.67  1.21 - 2.47  1.28 - 2.15
    bfloat16, dropout of weights       1.11 - 1.50  1.17 - 1.53  0.64 - 0.87
    bfloat16, one query, no gradient   0.63 - 1.03  0.37 - 0.46  0.12 - 0.13

Packed rows, 4,096 positions of 4 heads of 64 channels, float32, key heads alone or in pairs: how
many times faster than torch's kernel under the mask alone,

    positions of a row                 256           512          1024         2048
    the kernel hears of causality      0.94 - 1.02   0.98 - 1.00  1.29 - 1.32  1.57 - 1.59
    by documents of about 100          1.02 - 1.16   1.68 - 1.90  3.2 - 3.6    5.3 - 5.8
    by documents of about 500          0.97 - 1.00   1.21 - 1.24  1.9 - 2.0    3.0

Nothing was measured on a GPU: there `auto` is sdpa. What a mask means, and what heads and positions
are, is not known here.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Literal

import torch
from torch.nn import functional as F

from yanmo.nn.document_attention import HAS_DOCUMENT_KERNEL, MIN_KEYS_TOLD, attend_by_documents
from yanmo.nn.mask import additive_mask, causal_offset_mask

AttentionBackend = Literal["auto", "explicit", "sdpa", "documents", "flex"]

_BLOCK_QUERIES = 128
"""Queries that the explicit form takes at a time under a causal mask."""
_MIN_KEYS_BY_DOCUMENT = 256
"""Positions of a row from which documents were faster one by one."""


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    mask: torch.Tensor | None = None,
    is_causal: bool = False,
    document_ids: torch.Tensor | None = None,
    is_mask_implied: bool = False,
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
        is_causal: queries are the last T of the S positions and see no later key. A mask says so
            too, and a backend may leave out what it hides.
        document_ids: (B, T) with T = S; no query sees a key of another number, and as above. -1
            marks padding.
        is_mask_implied: whether `mask` says no more than `is_causal` and `document_ids` of
            positions that are no padding.
        dropout: probability of dropping an attention weight.
        scale: what scores are multiplied by; 1 / sqrt(H) where None.
        backend: who computes it. `flex` has no dropout, and no gradient on a CPU; `documents` wants
            a mask without a gradient and `document_ids`, and has no dropout.

    Returns:
        (B, N, T, H).
    """
    assert not is_causal or query.shape[2] <= key.shape[2], "a query without a position"
    if mask is not None and torch.compiler.is_exporting():
        is_causal, document_ids = False, None  # the mask says it too; lengths are only names here
    if is_causal and query.shape[2] == 1:
        is_causal = False  # the last position sees all keys
    if mask is not None and mask.is_floating_point():
        mask = mask.to(query.dtype)
    scale = query.shape[3] ** -0.5 if scale is None else scale
    if backend == "auto":
        backend = choose_backend(
            device_type=query.device.type,
            dtype=query.dtype,
            num_queries=query.shape[2],
            num_keys=key.shape[2],
            is_bias_learned=mask is not None and mask.requires_grad and torch.is_grad_enabled(),
            has_dropout=dropout > 0,
            has_documents=mask is not None and document_ids is not None,
        )
    if backend == "explicit":
        return _explicit(query, key, value, mask, is_causal, dropout, scale)
    if backend == "documents":
        assert mask is not None and document_ids is not None, "documents are known by a mask too"
        assert dropout == 0.0, "torch's kernel for a CPU has no dropout"
        if mask.dtype == torch.bool:
            mask = additive_mask(mask, query.dtype)
        return attend_by_documents(
            query,
            key,
            value,
            mask,
            document_ids,
            is_causal=is_causal,
            is_mask_implied=is_mask_implied,
            scale=scale,
        )
    if backend == "flex":
        assert dropout == 0.0, "flex attention has no dropout"
        return _flex(query, key, value, mask, is_causal, scale)
    return _sdpa(query, key, value, mask, is_causal, dropout, scale)


def choose_backend(
    *,
    device_type: str,
    dtype: torch.dtype,
    num_queries: int,
    num_keys: int,
    is_bias_learned: bool,
    has_dropout: bool,
    has_documents: bool = False,
) -> Literal["explicit", "sdpa", "documents"]:
    """The backend that `auto` takes, by the table at the head of this module.

    torch's kernels for a CPU know neither dropout nor a gradient of the mask, and take long to
    start in bfloat16: what is left to win for the written form lies there.
    """
    if device_type != "cpu" or dtype not in (torch.float32, torch.bfloat16):
        return "sdpa"
    if dtype == torch.float32:
        is_faster = has_dropout or (is_bias_learned and num_keys <= 256)
    elif has_dropout or is_bias_learned:
        is_faster = has_dropout and num_keys >= 1024
    else:
        is_faster = num_keys >= 256 if num_queries == 1 else num_keys <= 128
    if is_faster:
        return "explicit"
    is_kernel_enough = HAS_DOCUMENT_KERNEL and not (has_dropout or is_bias_learned)
    is_long = num_keys >= _MIN_KEYS_BY_DOCUMENT
    return "documents" if has_documents and is_long and is_kernel_enough else "sdpa"


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
    num_heads, num_queries, num_kv_heads = query.shape[1], query.shape[2], key.shape[1]
    if is_causal and num_queries != key.shape[2]:  # torch would align the first query to key 0
        if mask is None:
            mask = causal_offset_mask(num_queries, key.shape[2], query.device)
        is_causal = False
    if mask is not None:
        is_causal = is_causal and _skips_hidden_keys(query, mask, dropout)
    num_groups = num_heads // num_kv_heads
    is_grouped = num_groups > 1
    if is_grouped and num_queries == 1 and (mask is None or mask.shape[1] == 1):
        # The query heads of one key head as so many queries: no key is copied. 0.3 ms in place of
        # 15 for 16 heads of 128 channels in groups of 8 over 2048 keys (CPU, float32).
        folded = query.reshape(query.shape[0], num_kv_heads, num_groups, -1)  # (B, K, N/K, H)
        mixed = F.scaled_dot_product_attention(
            folded, key, value, mask, dropout_p=dropout, scale=scale
        )
        return mixed.reshape(query.shape)  # (B, N, 1, H)
    if is_grouped and query.device.type != "cpu":
        # On a GPU only some kernels take grouped heads; repeated ones keep all of them in reach.
        key = key.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
        value = value.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
        is_grouped = False
    return F.scaled_dot_product_attention(
        query,
        key,
        value,
        mask,
        is_causal=is_causal,
        dropout_p=dropout,
        scale=scale,
        enable_gqa=is_grouped,
    )


def _skips_hidden_keys(query: torch.Tensor, mask: torch.Tensor, dropout: float) -> bool:
    """Whether torch takes causality beside a mask, and gains by it: the result is the same to the
    bit. Only the fused kernel for a CPU takes both; where it has no say, torch would raise."""
    return (
        query.device.type == "cpu"
        and query.shape[2] >= MIN_KEYS_TOLD
        and dropout == 0.0
        and not mask.requires_grad
        and torch._C._get_flash_sdp_enabled()  # rules over CPUs too
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
        is_causal = is_causal and not mask.requires_grad  # each block's would be as wide as all
    size = _BLOCK_QUERIES if is_causal else num_queries
    mixed = []
    for begin in range(0, num_queries, size):
        end = min(begin + size, num_queries)
        seen = num_keys - num_queries + end if is_causal else num_keys
        allowed = None
        if mask is not None:
            rows = slice(begin, end) if mask.shape[2] > 1 else slice(None)
            allowed = mask[:, :, rows, :seen]
        elif is_causal:
            allowed = causal_offset_mask(end - begin, seen, query.device)
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
    if is_causal and mask is None:
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
