"""Which key each query may see, as one boolean tensor built once per forward pass."""

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
