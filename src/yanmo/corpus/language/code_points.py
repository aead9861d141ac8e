"""Kernels that look at the characters of a text column without making Python strings of them.

Comes in: UTF-8 bytes, offsets, and a table with a number for every Unicode code point. Goes out:
how often each number occurs in each text, or whether one occurs at all. Knows nothing of what the
numbers stand for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.text_column import TextBuffers

NUM_CODE_POINTS = sys.maxunicode + 1
"""The length of a table with a number for every code point."""


def table_of(characters: Iterable[str]) -> NDArray[np.uint8]:
    """A table for `find_marked`: 1 for each of `characters`, 0 for all other code points."""
    table = np.zeros(NUM_CODE_POINTS, np.uint8)
    table[[ord(character) for character in characters]] = 1
    return table


def find_marked(texts: TextBuffers, table: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """For each text whether `table` has another number than 0 for one of its characters.

    Args:
        texts: n texts.
        table: (0x110000,) a number for every code point.

    Returns:
        (n,) bool.
    """
    found = np.zeros(len(texts), np.bool_)
    _find_marked(texts.data, texts.offsets, table, found)
    return found


def count_classes(
    texts: TextBuffers, table: NDArray[np.uint8], num_classes: int, max_characters: int
) -> NDArray[np.int64]:
    """How often each number of `table` occurs in the beginning of each text.

    Args:
        texts: n texts.
        table: (0x110000,) a number below `num_classes` for every code point.
        num_classes: how many numbers there are.
        max_characters: how many characters of each text are looked at.

    Returns:
        (n, num_classes) int64.
    """
    counts = np.zeros((len(texts), num_classes), np.int64)
    _count_classes(texts.data, texts.offsets, table, max_characters, counts)
    return counts


@kernel
def width_of(lead: np.uint8) -> int:
    """Bytes of the UTF-8 character that begins with the byte `lead`."""
    if lead < 0x80:
        return 1
    if lead < 0xE0:
        return 2
    return 3 if lead < 0xF0 else 4


@kernel
def code_point_at(data: NDArray[np.uint8], at: np.int64) -> np.int64:
    """The code point whose UTF-8 begins at byte `at`; the bytes are known to be valid."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return np.int64((lead & 0x1F) << 6 | (data[at + 1] & 0x3F))
    if lead < 0xF0:
        middle = np.int64(data[at + 1] & 0x3F)
        return np.int64((lead & 0x0F) << 12 | middle << 6 | (data[at + 2] & 0x3F))
    second, third = np.int64(data[at + 1] & 0x3F), np.int64(data[at + 2] & 0x3F)
    return np.int64((lead & 0x07) << 18 | second << 12 | third << 6 | (data[at + 3] & 0x3F))


@kernel
def _find_marked(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint8],
    found: NDArray[np.bool_],
) -> None:
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        while at < end:
            if table[code_point_at(data, at)]:
                found[row] = True
                break
            at += width_of(data[at])


@kernel
def _count_classes(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint8],
    max_characters: int,
    counts: NDArray[np.int64],
) -> None:
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        num_seen = 0
        while at < end and num_seen < max_characters:
            counts[row, table[code_point_at(data, at)]] += 1
            at += width_of(data[at])
            num_seen += 1
