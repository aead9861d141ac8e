"""Attention over rows whose positions are shared: two ways for a query to reach all keys.

`GatheredKeys` brings the keys and values of all parts here and mixes the queries that are here.
`ExchangedHeads` gives positions away for heads, mixes whole rows of a few heads, and exchanges
back. Both are a `nn.row_part.RowPart`; part r of C holds chunks r and 2C-1-r of every row.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist

from yanmo.nn.attention_backends import attend
from yanmo.parallel.collectives import exchange, join_and_share


class _HeadTailPart:
    """Chunks r and 2C-1-r of every row, and what all parts ask of each other.

    Args:
        group: the processes that share rows.
        place: this process's place among them, r.
    """

    def __init__(self, group: dist.ProcessGroup, place: int) -> None:
        self.num_parts = dist.get_world_size(group)
        self._group = group
        self._place = place

    def places(self, num_positions: int, device: torch.device) -> torch.Tensor:
        """Where the T positions that are here stand in the row, (T,)."""
        size = num_positions // 2
        chunk = torch.arange(size, device=device)
        last = 2 * self.num_parts - 1
        return torch.cat((chunk + self._place * size, chunk + (last - self._place) * size))

    def gather(self, values: torch.Tensor) -> torch.Tensor:
        """(B, T) numbers or booleans of this part to those of the row, (B, S)."""
        with torch.no_grad():
            numbers = values.to(torch.int64) if values.dtype == torch.bool else values
            return self._in_order(self._stacked(numbers), dim=1).to(values.dtype)

    def _stacked(self, values: torch.Tensor) -> torch.Tensor:
        return join_and_share(values[None], 0, self._group)  # (C, *values.shape)

    def _in_order(self, parts: torch.Tensor, dim: int) -> torch.Tensor:
        """(C, ..., T, ...) of all parts to the row (..., S, ...); `dim` counts without the C."""
        halves = [part.chunk(2, dim=dim) for part in parts.unbind()]
        heads = [head for head, _ in halves]
        return torch.cat(heads + [tail for _, tail in reversed(halves)], dim=dim)

    def _by_part(self, row: torch.Tensor, dim: int) -> torch.Tensor:
        """(..., S, ...) to the parts of all places, (C, ..., T, ...): the inverse of
        `_in_order`."""
        chunks: Sequence[torch.Tensor] = row.chunk(2 * self.num_parts, dim=dim)
        pairs = zip(chunks[: self.num_parts], reversed(chunks[self.num_parts :]), strict=True)
        return torch.stack([torch.cat(pair, dim=dim) for pair in pairs])


class GatheredKeys(_HeadTailPart):
    """Keys and values of all parts come here (Llama 3, section 3.3.2); any number of heads.

    They are few beside the queries where heads are grouped. The queries of each chunk look at no
    key behind the chunk, so that every part computes (2C + 1) / (4 C^2) of the row's square.
    """

    def query_places(self, num_positions: int, device: torch.device) -> torch.Tensor:
        """Those of the positions that are here, (T,)."""
        return self.places(num_positions, device)

    def attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *,
        mask: torch.Tensor | None,
        is_causal: bool,
        dropout: float,
        scale: float | None,
        sees_ahead: bool,
    ) -> torch.Tensor:
        """Queries (B, N, T, H) of this part over the keys (B, K, S, H) of all; see `RowPart`."""
        stacked = self._stacked(torch.stack((key, value)))  # (C, 2, B, K, T, H)
        key, value = self._in_order(stacked, dim=3).unbind()  # (B, K, S, H) each
        size = query.shape[2] // 2
        mixed = []
        for half, chunk in enumerate((self._place, 2 * self.num_parts - 1 - self._place)):
            rows = slice(half * size, (half + 1) * size)
            num_seen = key.shape[2] if sees_ahead else (chunk + 1) * size
            mixed.append(
                attend(
                    query[:, :, rows],
                    key[:, :, :num_seen],
                    value[:, :, :num_seen],
                    mask=None if mask is None else mask[:, :, rows, :num_seen],
                    is_causal=is_causal,
                    dropout=dropout,
                    scale=scale,
                )
            )
        return torch.cat(mixed, dim=2)  # (B, N, T, H)


class ExchangedHeads(_HeadTailPart):
    """Positions for heads and back, all to all (DeepSpeed-Ulysses, Jacobs et al. 2023, section 3).

    What travels shrinks with the number of parts; heads and key-value heads must be multiples of
    it.
    """

    def query_places(self, num_positions: int, device: torch.device) -> torch.Tensor:
        """All of the row, (S,): the heads that are mixed here have all positions."""
        return torch.arange(num_positions * self.num_parts, device=device)

    def attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *,
        mask: torch.Tensor | None,
        is_causal: bool,
        dropout: float,
        scale: float | None,
        sees_ahead: bool,
    ) -> torch.Tensor:
        """Queries (B, N, T, H) of this part over the keys of all; see `RowPart`."""
        del sees_ahead  # the mask says it, and no key is left out
        size = self.num_parts
        num_heads, num_kv_heads = query.shape[1] // size, key.shape[1] // size
        owned = [torch.stack(x.chunk(size, dim=1)) for x in (query, key, value)]
        joined = torch.cat(owned, dim=2)  # (C, B, (N + 2 K) / C, T, H)
        whole = self._in_order(self._exchanged(joined), dim=2)  # (B, (N + 2 K) / C, S, H)
        query, key, value = torch.split(whole, [num_heads, num_kv_heads, num_kv_heads], dim=1)
        if mask is not None and mask.shape[1] > 1:
            mask = mask.chunk(size, dim=1)[self._place]  # of the heads that are here
        mixed = attend(
            query, key, value, mask=mask, is_causal=is_causal, dropout=dropout, scale=scale
        )
        returned = self._exchanged(self._by_part(mixed, dim=2))  # (C, B, N/C, T, H)
        return returned.movedim(0, 1).flatten(1, 2)  # (B, N, T, H)

    def _exchanged(self, by_owner: torch.Tensor) -> torch.Tensor:
        ones = [1] * self.num_parts
        return exchange(by_owner, ones, ones, self._group)
