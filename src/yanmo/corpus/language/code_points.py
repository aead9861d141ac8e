"""Kernels that look at the characters of a text column without making Python strings of them.

Comes in: UTF-8 bytes, offsets, and a table with a number for every Unicode code point. Goes out:
how often each number occurs in each text, or whether one occurs at all. Knows nothing of what the
numbers stand for.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.scripts import NUM_CODE_POINTS
from yanmo.corpus.text_column import TextBuffers
from yanmo.corpus.utf8 import character_at


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
def _find_marked(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint8],
    found: NDArray[np.bool_],
) -> None:
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        while at < end:
            point, width = character_at(data, at)
            if table[point]:
                found[row] = True
                break
            at += width


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
            point, width = character_at(data, at)
            counts[row, table[point]] += 1
            at += width
            num_seen += 1
