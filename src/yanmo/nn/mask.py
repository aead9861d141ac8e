"""Which key each query may see, as one boolean tensor built once per forward pass.

Document numbers, prefixes and positions come in; True marks a key that may be seen. How attention
is computed under a mask is not known here.
"""

from __future__ import annotations

import torch


def causal_document_mask(
    document_ids: torch.Tensor, query_places: torch.Tensor | None = None
) -> torch.Tensor:
    """Causal attention that does not cross documents.

    Args:
        document_ids: (B, S); equal numbers mark one document.
        query_places: (T,), which of the S positions ask; all of them when left out.

    Returns:
        (B, 1, T, S) boolean, True where query t may see key s: s <= t and the same document. A
        padded position (document -1) sees itself, so that no row of the softmax is empty.
    """
    asking = document_ids if query_places is None else document_ids[:, query_places]  # (B, T)
    is_same = asking[:, None, :, None] == document_ids[:, None, None, :]  # (B, 1, T, S)
    return is_same & causal_mask(document_ids.shape[1], document_ids.device, query_places)


def document_mask(document_ids: torch.Tensor) -> torch.Tensor:
    """Attention in both directions that does not cross documents.

    Args:
        document_ids: (B, T); equal numbers mark one document, -1 marks padding.

    Returns:
        (B, 1, T, T) boolean. A padded position sees itself only, so that no row of the softmax is
        empty.
    """
    return _same_document(document_ids) | _diagonal(document_ids)


def prefix_document_mask(
    document_ids: torch.Tensor,
    is_prefix: torch.Tensor,
    query_places: torch.Tensor | None = None,
) -> torch.Tensor:
    """Causal attention within documents whose prefix is seen from everywhere in the document.

    The prefix language model of Raffel et al. 2020, fig. 4, and part A of GLM (Du et al. 2022,
    fig. 2).

    Args:
        document_ids: (B, S); equal numbers mark one document, -1 marks padding.
        is_prefix: (B, S) boolean, True at the positions of a prefix.
        query_places: (T,), which of the S positions ask; all of them when left out.

    Returns:
        (B, 1, T, S) boolean, True where query t may see key s: the same document, and s <= t or s
        in the prefix. A padded position sees itself only.
    """
    causal = causal_mask(document_ids.shape[1], document_ids.device, query_places)
    is_seen = causal | is_prefix[:, None, None, :]  # (B, 1, T, S)
    is_same = _same_document(document_ids, query_places)
    return (is_same & is_seen) | _diagonal(document_ids, query_places)


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


def causal_mask(
    num_keys: int, device: torch.device, query_places: torch.Tensor | None = None
) -> torch.Tensor:
    """Every query sees its own place and those before it, (1, 1, T, S).

    Args:
        num_keys: keys S.
        device: of the mask.
        query_places: (T,), which of the S positions ask; all of them when left out.
    """
    if query_places is None:
        return causal_offset_mask(num_keys, num_keys, device)
    return (query_places[:, None] >= torch.arange(num_keys, device=device))[None, None]


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


def _same_document(
    document_ids: torch.Tensor, query_places: torch.Tensor | None = None
) -> torch.Tensor:
    """(B, 1, T, S): both positions are real and of one document."""
    asking = document_ids if query_places is None else document_ids[:, query_places]  # (B, T)
    is_same = asking[:, None, :, None] == document_ids[:, None, None, :]
    return is_same & (document_ids >= 0)[:, None, None, :]


def _diagonal(document_ids: torch.Tensor, query_places: torch.Tensor | None = None) -> torch.Tensor:
    """(T, S): every position and itself."""
    num_positions = document_ids.shape[1]
    diagonal = torch.eye(num_positions, dtype=torch.bool, device=document_ids.device)
    return diagonal if query_places is None else diagonal[query_places]
