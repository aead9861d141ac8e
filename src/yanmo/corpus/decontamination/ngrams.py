"""Passages as numbers: hashes of so many words or characters in a row.

Comes in: UTF-8 bytes of texts. Goes out: 64-bit hashes of their n-grams, or which of them a set
of hashes holds. A word is a run of letters and digits; a character of a script without spaces is a
unit of its own. One pass, in memory that does not depend on the length of a text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.decontamination.folding import IGNORED, SEPARATOR, UNIT
from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import character_at

RING = 128
"""The units that are remembered; n-grams are shorter."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)


@kernel
def mix(value: np.uint64) -> np.uint64:
    """A hash of a number (the finaliser of SplitMix64, Steele et al. 2014); never 0."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    value = value ^ (value >> np.uint64(31))
    return value | np.uint64(value == 0)


@kernel
def power(width: int) -> np.uint64:
    """The base of the rolling hash to a power."""
    result = np.uint64(1)
    for _ in range(width):
        result *= _BASE
    return result


@kernel
def ngram_hash(ring: NDArray[np.uint64], last: int, width: int, factor: np.uint64) -> np.uint64:
    """The hash of the `width` units that end with unit `last`.

    Args:
        ring: the hash of all units up to each, at its number modulo `RING`.
        last: the number of the unit, from 1.
        width: at most `last`.
        factor: `power(width)`.
    """
    before = ring[(last - width) % RING]
    return mix(ring[last % RING] - before * factor + np.uint64(width))


@kernel
def add_unit(ring: NDArray[np.uint64], last: int, unit: np.uint64) -> None:
    """Remember a unit as number `last`, from 1."""
    ring[last % RING] = ring[(last - 1) % RING] * _BASE + mix(unit)


@kernel
def next_unit(
    data: NDArray[np.uint8], i: int, end: int, table: NDArray[np.uint32]
) -> tuple[int, np.uint64, bool]:
    """The next unit at or after byte `i`: the byte after it, its hash, and whether it is a
    character of a script without spaces. The hash is 0 where there is none."""
    word = _FNV_START
    length = 0
    while i < end:
        code, width = character_at(data, i)
        entry = np.int64(table[code]) if code < len(table) else SEPARATOR
        if entry & UNIT:
            if length:
                return i, word, False
            return i + width, np.uint64(entry), True
        i += width
        if entry == SEPARATOR:
            if length:
                return i, word, False
        elif entry != IGNORED:
            word = (word ^ np.uint64(entry)) * _FNV_PRIME
            length += 1
    return i, (word if length else np.uint64(0)), False


@kernel
def count_units(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    counts: NDArray[np.int64],
) -> None:
    """Fill (n, 2) `counts` with the units of each text, and how many of them are characters of a
    script without spaces."""
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        units = characters = 0
        while True:
            i, unit, is_character = next_unit(data, i, end, table)
            if unit == 0:
                break
            units += 1
            characters += is_character
        counts[row, 0] = units
        counts[row, 1] = characters


@kernel
def list_ngrams(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    widths: NDArray[np.int64],
    starts: NDArray[np.int64],
    hashes: NDArray[np.uint64],
) -> None:
    """Fill `hashes` from `starts[row]` on with the n-grams of each text, `widths[row]` units wide;
    a width of 0 leaves the text out."""
    ring = np.zeros(RING, np.uint64)
    for row in range(len(offsets) - 1):
        width = widths[row]
        if width == 0:
            continue
        factor = power(width)
        i, end = offsets[row], offsets[row + 1]
        ring[0] = 0
        last = 0
        place = starts[row]
        while True:
            i, unit, _ = next_unit(data, i, end, table)
            if unit == 0:
                break
            last += 1
            add_unit(ring, last, unit)
            if last >= width:
                hashes[place] = ngram_hash(ring, last, width, factor)
                place += 1
