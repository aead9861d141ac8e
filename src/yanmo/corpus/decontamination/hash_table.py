"""A set of 64-bit hashes that kernels look up: open addressing behind a filter of bits.

Comes in: hashes with small numbers. Goes out: arrays. The filter answers most questions with one
look at memory that fits the cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel

_FILTER_BITS_PER_KEY = 16
_SMALLEST = 64


@dataclass(frozen=True)
class HashTable:
    """Hashes and what belongs to them.

    Args:
        keys: (2^k,) the hashes, each near the place that its first bits name; 0 where none is.
        values: (2^k,) int32, the number of each hash.
        filter: (2^j,) uint8, one bit for the first bits of each hash.
    """

    keys: NDArray[np.uint64]
    values: NDArray[np.int32]
    filter: NDArray[np.uint8]


def build_table(hashes: NDArray[np.uint64], values: NDArray[np.int32]) -> HashTable:
    """A table of distinct hashes, none of them 0."""
    size = _SMALLEST
    while size < 2 * len(hashes):
        size *= 2
    filter_bytes = _SMALLEST
    while filter_bytes * 8 < _FILTER_BITS_PER_KEY * len(hashes):
        filter_bytes *= 2
    table = HashTable(
        np.zeros(size, np.uint64), np.zeros(size, np.int32), np.zeros(filter_bytes, np.uint8)
    )
    _insert(hashes, values, table.keys, table.values, table.filter)
    return table


@kernel
def _insert(
    hashes: NDArray[np.uint64],
    values: NDArray[np.int32],
    keys: NDArray[np.uint64],
    numbers: NDArray[np.int32],
    bits: NDArray[np.uint8],
) -> None:
    """Put hashes into the arrays of a table."""
    for i in range(len(hashes)):
        place = np.int64(hashes[i] & np.uint64(len(keys) - 1))
        while keys[place] != 0:
            place = (place + 1) & (len(keys) - 1)
        keys[place] = hashes[i]
        numbers[place] = values[i]
        bit = (hashes[i] >> np.uint64(24)) & np.uint64(8 * len(bits) - 1)
        bits[np.int64(bit >> np.uint64(3))] |= np.uint8(1) << np.uint8(bit & np.uint64(7))


@kernel
def find(keys: NDArray[np.uint64], bits: NDArray[np.uint8], key: np.uint64) -> int:
    """The place of a hash in `keys`, or -1."""
    bit = (key >> np.uint64(24)) & np.uint64(8 * len(bits) - 1)
    if not bits[np.int64(bit >> np.uint64(3))] >> np.uint8(bit & np.uint64(7)) & np.uint8(1):
        return -1
    place = np.int64(key & np.uint64(len(keys) - 1))
    while keys[place] != 0:
        if keys[place] == key:
            return int(place)
        place = (place + 1) & (len(keys) - 1)
    return -1
