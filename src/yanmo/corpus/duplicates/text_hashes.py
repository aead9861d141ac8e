"""Hashes of texts in which some differences do not count.

Comes in: UTF-8 bytes and a table of what each character means (`characters.text_table`). Goes out:
128 bits for each text, as two uint64. Texts that differ in nothing that counts have equal hashes;
other texts have different ones but for a chance of about 2**-128 each. The hash is no defence
against somebody who makes collisions on purpose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import (
    CLASS_SHIFT,
    CODE_POINT_MASK,
    GAP,
    NOTHING,
)
from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import character_at

_MULTIPLIER_A = np.uint64(0x9FB21C651E98DF25)  # odd, bits well spread
_MULTIPLIER_B = np.uint64(0xD6E8FEB86659FD93)
_START_A = np.uint64(0x243F6A8885A308D3)  # the first digits of pi
_START_B = np.uint64(0x13198A2E03707344)
_SPACE = np.uint64(0x20)


@kernel
def mix(value: np.uint64) -> np.uint64:
    """A number in which every bit depends on every bit of `value`; one to one.

    The finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
    2014; constants of Stafford's variant 13).
    """
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def add_to_a(value: np.uint64, code_point: np.uint64) -> np.uint64:
    """The first half of a running hash with one more character; one to one in `value`."""
    value = (value ^ code_point) * _MULTIPLIER_A
    return value ^ (value >> np.uint64(29))


@kernel
def add_to_b(value: np.uint64, code_point: np.uint64) -> np.uint64:
    """The second half of a running hash with one more character; one to one in `value`."""
    value = (value + code_point) * _MULTIPLIER_B
    return value ^ (value >> np.uint64(32))


@kernel
def hash_text(
    data: NDArray[np.uint8], start: int, stop: int, table: NDArray[np.uint32]
) -> tuple[np.uint64, np.uint64]:
    """The hash of `data[start:stop]`. White space counts as one space, and not at the ends."""
    a, b = _START_A, _START_B
    is_begun = is_gap = False
    at = start
    while at < stop:
        code_point, width = character_at(data, at)
        at += width
        entry = table[code_point]
        kind = entry >> CLASS_SHIFT
        if kind == GAP:
            is_gap = is_begun
        elif kind != NOTHING:
            if is_gap:
                a, b = add_to_a(a, _SPACE), add_to_b(b, _SPACE)
                is_gap = False
            folded = np.uint64(entry & CODE_POINT_MASK)
            a, b = add_to_a(a, folded), add_to_b(b, folded)
            is_begun = True
    return mix(a), mix(b)


@kernel
def hash_texts(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    hashes_a: NDArray[np.uint64],
    hashes_b: NDArray[np.uint64],
) -> None:
    """Write the hash of every text of a column into `hashes_a` and `hashes_b`."""
    for row in range(len(offsets) - 1):
        hashes_a[row], hashes_b[row] = hash_text(data, offsets[row], offsets[row + 1], table)
