"""A pool of key-value slots, each one sequence of its own length, and one pass over some of them.

A pass lays the new tokens of several slots end to end as one row of T tokens: every layer but
attention sees just tokens, however unlike the sequences are. Tokens that come alone (a step of
writing) stand first and are mixed together over a range of slots; spans (parts of prompts) follow,
each over its own slot. Knows positions, and neither token ids nor requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch

from yanmo.nn.attention_backends import attend
from yanmo.nn.mask import additive_mask, causal_mask

_MOST_WASTE = 2
"""Single tokens are mixed together where that reads at most so many times the keys they have."""


class SlotCache:
    """Keys and values of each layer, (slots, K, S + 1, H). A compiled step would copy one tensor of
    all layers as a whole, once a layer.

    The position behind the last one takes what rows without a token compute in a step of fixed
    shape; nobody reads it.
    """

    def __init__(
        self,
        *,
        num_layers: int,
        num_slots: int,
        num_kv_heads: int,
        slot_tokens: int,
        head_dim: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        shape = (num_slots, num_kv_heads, slot_tokens + 1, head_dim)
        self.keys = [_zeros(shape, device, dtype) for _ in range(num_layers)]
        self.values = [_zeros(shape, device, dtype) for _ in range(num_layers)]
        self.num_slots = num_slots
        self.slot_tokens = slot_tokens

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Make the first `num_tokens` positions of slot `target` those of slot `source`."""
        for stored in (*self.keys, *self.values):
            stored[target, :, :num_tokens] = stored[source, :, :num_tokens]

    def clear(self, slot: int) -> None:
        """Make everything in a slot zero: what is no number there would spread to whoever comes
        next, also from behind his last position, where it counts with weight 0."""
        for stored in (*self.keys, *self.values):
            stored[slot] = 0.0


@dataclass(frozen=True)
class SlotSpan:
    """Tokens `begin` to `end` of a pass: positions of one slot up to `num_keys`."""

    begin: int
    end: int
    slot: int
    num_keys: int


class SlotPass:
    """What one forward pass adds to a cache, and what it sees of it.

    Args:
        cache: the slots.
        slots: (T,) the slot of each token.
        places: (T,) its position there.
        num_keys: positions that the longest of them sees.
        num_rows: tokens that come alone and are mixed together; they are the first ones.
        row_range: the first and the last slot, exclusive, over which they are.
        row_keys: positions that the longest of these sees.
        spans: the other tokens, in their order.
        scored: (R,) the tokens whose scores are wanted; all of them where None.
    """

    def __init__(
        self,
        cache: SlotCache,
        slots: torch.Tensor,
        places: torch.Tensor,
        *,
        num_keys: int,
        num_rows: int,
        row_range: tuple[int, int],
        row_keys: int,
        spans: Sequence[SlotSpan],
        scored: torch.Tensor | None = None,
    ) -> None:
        self._cache = cache
        self._slots = slots
        self.places = places
        # What stands behind the last position has none of its own.
        self.positions = places.clamp(max=cache.slot_tokens - 1)
        self.num_keys = num_keys
        self._num_rows = num_rows
        self._range = row_range
        self._row_keys = row_keys
        self._spans = spans
        self.scored = scored
        self._row_masks: dict[int, torch.Tensor] = {}
        self._span_masks: dict[int, torch.Tensor] = {}

    def extend(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store new `keys` and `values` (1, K, T, H) of `layer`; all slots, (slots, K, S, H)."""
        stored = (self._cache.keys[layer], self._cache.values[layer])
        for old, new in zip(stored, (keys, values), strict=True):
            old[self._slots, :, self.places] = new[0].transpose(0, 1).to(old.dtype)  # (T, K, H)
        return stored

    def mix(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *,
        mask: torch.Tensor | None = None,
        is_causal: bool = True,
        dropout: float = 0.0,
        scale: float | None = None,
    ) -> torch.Tensor:
        """Attention of `query` (1, N, T, H) over what `extend` gave, each token over its own slot.

        Args:
            mask: (1, 1 or N, T, S), added to the scores, causality included; None where every
                token sees all positions of its slot up to its own.
        """
        assert is_causal and dropout == 0.0, "slots are written to, and not trained on"
        parts = []
        if self._num_rows:
            parts.append(self._mix_rows(query, key, value, mask, scale))
        for number, span in enumerate(self._spans):
            seen = mask
            if seen is not None:
                seen = seen[:, :, span.begin : span.end, : span.num_keys]
            elif 1 < span.end - span.begin < span.num_keys:
                seen = self._span_mask(number, span, query.dtype)
            own = slice(span.slot, span.slot + 1)
            parts.append(
                attend(
                    query[:, :, span.begin : span.end],
                    key[own, :, : span.num_keys],
                    value[own, :, : span.num_keys],
                    mask=seen,
                    is_causal=seen is None,
                    scale=scale,
                )
            )
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)  # (1, N, T, H)

    def _mix_rows(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        scale: float | None,
    ) -> torch.Tensor:
        first, last = self._range
        rows = query[0, :, : self._num_rows].transpose(0, 1)[:, :, None]  # (R, N, 1, H)
        is_whole = self._num_rows == last - first
        mixed = attend(
            rows if is_whole else self._spread(rows, 0.0),
            key[first:last, :, : self._row_keys],
            value[first:last, :, : self._row_keys],
            mask=self._row_mask(mask, query.dtype),
            scale=scale,
        )
        if not is_whole:
            mixed = mixed[self._slots[: self._num_rows] - first]
        return mixed[:, :, 0].transpose(0, 1)[None]  # (1, N, R, H)

    def _row_mask(self, mask: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor:
        """What each row of the range sees, (rows, 1 or N, 1, S); made once for all layers."""
        key = id(mask)
        if key not in self._row_masks:
            places = self.places[: self._num_rows]
            if mask is None:
                allowed = causal_mask(self._row_keys, places.device, places)  # (1, 1, R, S)
                mask = additive_mask(allowed, dtype)
            own = mask[0, :, : self._num_rows, : self._row_keys]  # (1 or N, R, S)
            own = own.transpose(0, 1)[:, :, None]  # (R, 1 or N, 1, S)
            is_whole = self._num_rows == self._range[1] - self._range[0]
            self._row_masks[key] = own if is_whole else self._spread(own, 0.0)
        return self._row_masks[key]

    def _spread(self, rows: torch.Tensor, fill: float) -> torch.Tensor:
        """`rows` (R, ...) at the places of their slots in the range, `fill` between them."""
        first, last = self._range
        spread = rows.new_full((last - first, *rows.shape[1:]), fill)
        spread[self._slots[: self._num_rows] - first] = rows
        return spread

    def _span_mask(self, number: int, span: SlotSpan, dtype: torch.dtype) -> torch.Tensor:
        if number not in self._span_masks:
            places = self.places[span.begin : span.end]
            allowed = causal_mask(span.num_keys, places.device, places)
            self._span_masks[number] = additive_mask(allowed, dtype)
        return self._span_masks[number]


def are_better_together(slots: Sequence[int], lengths: Sequence[int]) -> bool:
    """Whether single tokens of `slots`, each seeing so many positions, are mixed together faster:
    all slots between the first and the last then read as many positions as the longest."""
    if len(slots) < 2:
        return False
    num_read = (max(slots) - min(slots) + 1) * max(lengths)
    return num_read <= _MOST_WASTE * sum(lengths)


def _zeros(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Zeros; on a CPU such that memory is taken only where something is written."""
    if device.type != "cpu":
        return torch.zeros(shape, device=device, dtype=dtype)
    raw = np.zeros(prod(shape) * dtype.itemsize, np.uint8)
    return torch.from_numpy(raw).view(dtype).view(shape)
