"""The key-value cache of a decoder: what attention has seen, kept so that it is computed once.

One preallocated tensor a side; sequences in the batch advance together. The cache knows nothing
of tokens, sampling or requests.
"""

from __future__ import annotations

import torch


class KeyValueCache:
    """Keys and values of all layers, each (L, B, K, S, H) with room for `max_seq_len` positions.

    `length` is the number of positions stored. A forward pass writes its new positions layer by
    layer with `extend` and makes them count with `advance` at its end.
    """

    def __init__(
        self,
        *,
        num_layers: int,
        batch_size: int,
        num_kv_heads: int,
        max_seq_len: int,
        head_dim: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        shape = (num_layers, batch_size, num_kv_heads, max_seq_len, head_dim)
        self._keys = torch.zeros(shape, device=device, dtype=dtype)
        self._values = torch.zeros(shape, device=device, dtype=dtype)
        self.length = 0

    @property
    def max_seq_len(self) -> int:
        """Positions there is room for."""
        return self._keys.shape[3]

    def extend(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store new `keys` and `values` (B, K, T, H) of `layer`; return all, (B, K, S, H) each."""
        end = self.length + keys.shape[2]
        assert end <= self.max_seq_len, f"cache of {self.max_seq_len} positions asked to hold {end}"
        self._keys[layer, :, :, self.length : end] = keys
        self._values[layer, :, :, self.length : end] = values
        return self._keys[layer, :, :, :end], self._values[layer, :, :, :end]

    def advance(self, num_positions: int) -> None:
        """Count `num_positions` positions that every layer has now stored."""
        self.length += num_positions

    def truncate(self, length: int) -> None:
        """Forget everything from position `length` on."""
        assert 0 <= length <= self.length, f"cannot truncate {self.length} positions to {length}"
        self.length = length

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order; a row may be named
        more than once, or not at all."""
        for name in ("_keys", "_values"):
            old = getattr(self, name)
            stored = old[:, :, :, : self.length].index_select(1, rows)  # (L, R, K, S, H)
            if len(rows) != old.shape[1]:
                old = old.new_zeros((old.shape[0], len(rows), *old.shape[2:]))
                setattr(self, name, old)
            old[:, :, :, : self.length] = stored


class MemoryCache:
    """Keys and values of an encoder's states, one pair (B, K, S, H) a layer of the decoder; they
    stay the same while the decoder writes."""

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def get(self, layer: int) -> tuple[torch.Tensor, torch.Tensor] | None:
        """What was put there for `layer`, or None."""
        return self._pairs.get(layer)

    def put(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Keep the keys and values of `layer`."""
        self._pairs[layer] = (keys, values)

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order."""
        for layer, (keys, values) in self._pairs.items():
            self._pairs[layer] = (keys.index_select(0, rows), values.index_select(0, rows))
