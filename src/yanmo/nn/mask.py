"""Which key each query may see, as one boolean tensor built once per forward pass.

Document numbers, prefixes and positions come in; True marks a key that may be seen. How attention
is computed under a mask is not known here.
"""

from __future__ import annotations

import torch


def causal_document_mask(document_ids: torch.Tensor) -> torch.Tensor:
    """Causal attention that does not cross documents.

    Args:
        document_ids: (B, T); equal numbers mark one document.

    Returns:
        (B, 1, T, T) boolean, True where query t may see key s: s <= t and the same document. A
        padded position (document -1) sees itself, so that no row of the softmax is empty.
    """
    num_positions = document_ids.shape[1]
    is_same = document_ids[:, None, :, None] == document_ids[:, None, None, :]  # (B, 1, T, T)
    causal = torch.ones(
        num_positions, num_positions, dtype=torch.bool, device=document_ids.device
    ).tril()
    return is_same & causal


def document_mask(document_ids: torch.Tensor) -> torch.Tensor:
    """Attention in both directions that does not cross documents.

    Args:
        document_ids: (B, T); equal numbers mark one document, -1 marks padding.

    Returns:
        (B, 1, T, T) boolean. A padded position sees itself only, so that no row of the softmax is
        empty.
    """
    return _same_document(document_ids) | _diagonal(document_ids)


def prefix_document_mask(document_ids: torch.Tensor, is_prefix: torch.Tensor) -> torch.Tensor:
    """Causal attention within documents whose prefix is seen from everywhere in the document.

    The prefix language model of Raffel et al. 2020, fig. 4, and part A of GLM (Du et al. 2022,
    fig. 2).

    Args:
        document_ids: (B, T); equal numbers mark one document, -1 marks padding.
        is_prefix: (B, T) boolean, True at the positions of a prefix.

    Returns:
        (B, 1, T, T) boolean, True where query t may see key s: the same document, and s <= t or s
        in the prefix. A padded position sees itself only.
    """
    num_positions = document_ids.shape[1]
    causal = torch.ones(
        num_positions, num_positions, dtype=torch.bool, device=document_ids.device
    ).tril()
    is_seen = causal | is_prefix[:, None, None, :]  # (B, 1, T, T)
    return (_same_document(document_ids) & is_seen) | _diagonal(document_ids)


def padding_mask(is_real: torch.Tensor) -> torch.Tensor:
    """Keys that are no padding: (B, S) boolean to (B, 1, 1, S)."""
    return is_real[:, None, None, :]


def sliding_window_mask(
    allowed: torch.Tensor,
    query_positions: torch.Tensor,
    key_positions: torch.Tensor,
    window: int,
    *,
    is_bidirectional: bool = False,
) -> torch.Tensor:
    """Narrow `allowed` to the last `window` keys, the query's own among them (Beltagy et al. 2020).

    Args:
        allowed: boolean, broadcastable to (B, N, T, S).
        query_positions: (T,) or (B, T); places in the row, or positions in the document where
            `allowed` keeps documents apart.
        key_positions: (S,) or (B, S), counted alike.
        window: keys that a query sees at most; query i sees key j where i - window < j <= i.
        is_bidirectional: whether keys ahead are as near as those behind, |i - j| < window, where
            `allowed` lets them be seen at all.

    Returns:
        Boolean, of the shape that `allowed` and (B or 1, 1, T, S) broadcast to.
    """
    assert window > 0, f"a window of {window} keys would leave nothing to see"
    distances = query_positions[..., :, None] - key_positions[..., None, :]  # (T, S) or (B, T, S)
    is_near = (
        distances.abs() < window if is_bidirectional else (distances >= 0) & (distances < window)
    )
    return allowed & (is_near[:, None] if is_near.dim() == 3 else is_near)


def causal_offset_mask(num_queries: int, num_keys: int, device: torch.device) -> torch.Tensor:
    """Causal mask (1, 1, T, S) for queries that are the last of `num_keys` positions."""
    allowed = torch.ones(num_queries, num_keys, dtype=torch.bool, device=device)
    return allowed.tril(num_keys - num_queries)[None, None]


def additive_mask(allowed: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A boolean mask as the number that is added to the scores: 0 where allowed, else -infinity.

    Attention kernels add numbers; converting once serves all layers.
    """
    mask = torch.zeros(allowed.shape, dtype=dtype, device=allowed.device)
    return mask.masked_fill_(~allowed, -torch.inf)


def _same_document(document_ids: torch.Tensor) -> torch.Tensor:
    """(B, 1, T, T): both positions are real and of one document."""
    is_same = document_ids[:, None, :, None] == document_ids[:, None, None, :]
    return is_same & (document_ids >= 0)[:, None, None, :]


def _diagonal(document_ids: torch.Tensor) -> torch.Tensor:
    """(T, T): every position and itself."""
    return torch.eye(document_ids.shape[1], dtype=torch.bool, device=document_ids.device)
