"""Repeats in a block of text, read off its suffix array.

Comes in: the bytes of a block, in which a byte that no UTF-8 holds ends every document, and its
suffix array. Goes out: the passages that stand earlier in the
block, with their ends moved to where a text may be cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import goes_on, start_of_character

END_OF_DOCUMENT = 0xFF
"""Stands behind every document of a block; no valid UTF-8 has it."""

_MAX_STEPS = 64  # to the edge of a word; a longer "word" is cut anywhere between characters


@kernel
def common_prefixes(
    block: NDArray[np.uint8], suffixes: NDArray[np.int32], common: NDArray[np.int32]
) -> None:
    """Write for each place how many bytes the text there shares with the suffix that is sorted
    before it; the end of a document is never shared.

    Karkkainen, Manzini, Puglisi: Permuted Longest-Common-Prefix Array, 2009.
    """
    common[suffixes[0]] = -1
    for index in range(1, len(suffixes)):
        common[suffixes[index]] = suffixes[index - 1]
    length = 0
    for place in range(len(block)):
        other = common[place]
        if other < 0:
            length = 0
        else:
            limit = len(block) - max(place, other)
            while (
                length < limit
                and block[place + length] == block[other + length]
                and block[place + length] != END_OF_DOCUMENT
            ):
                length += 1
        common[place] = length
        length = max(length - 1, 0)


@kernel
def mark_repeats(
    suffixes: NDArray[np.int32],
    common: NDArray[np.int32],
    min_bytes: int,
    is_repeat: NDArray[np.bool_],
) -> None:
    """Write where a window of `min_bytes` begins that stands earlier in the block.

    A window that overlaps the earliest one of its kind does not count, so that a whole one stays.
    """
    is_repeat[:] = False
    run = 0
    while run < len(suffixes):
        end = run + 1
        earliest = suffixes[run]
        while end < len(suffixes) and common[suffixes[end]] >= min_bytes:
            earliest = min(earliest, suffixes[end])
            end += 1
        if end > run + 1:
            for index in range(run, end):
                place = suffixes[index]
                is_repeat[place] = place >= earliest + min_bytes
        run = end


@kernel
def is_white(byte: int) -> bool:
    """ASCII white space."""
    return byte == 32 or 9 <= byte <= 13


@kernel
def is_word(byte: int) -> bool:
    """Whether a byte belongs to a word of a script with spaces: ASCII letters and digits, and the
    first byte of characters of two bytes (Latin, Greek, Cyrillic, Hebrew, Arabic)."""
    lower = byte | 0x20
    return 48 <= byte <= 57 or 97 <= lower <= 122 or 0xC3 <= byte <= 0xDF


@kernel
def is_edge(block: NDArray[np.uint8], place: int, first: int, last: int) -> bool:
    """Whether a document that is `block[first:last]` may be cut at `place`: at its ends, and
    between two characters that are not both of a word."""
    if place in (first, last):
        return True
    if goes_on(block[place]):
        return False
    before = start_of_character(block, place - 1)
    return not (is_word(block[before]) and is_word(block[place]))


@kernel
def move_to_edge(block: NDArray[np.uint8], place: int, step: int, first: int, last: int) -> int:
    """The nearest place in direction `step` where the document may be cut."""
    at = place
    for _ in range(_MAX_STEPS):
        if is_edge(block, at, first, last):
            return at
        at += step
    while first < place < last and goes_on(block[place]):
        place += step
    return place


@kernel
def length_of_closing(block: NDArray[np.uint8], at: int) -> int:
    """The bytes of the mark at `at` that ends a sentence, clause or quotation; 0 for others."""
    first = block[at]
    if first in (33, 41, 44, 46, 58, 59, 63, 93, 125):  # ! ) , . : ; ? ] }
        return 1
    if first < 0xE2 or first == END_OF_DOCUMENT:
        return 0
    mark = int(first) << 16 | int(block[at + 1]) << 8 | int(block[at + 2])
    is_quote = mark in (0xE28099, 0xE2809D, 0xE3808D, 0xE3808F)  # right quotation marks, corners
    is_stop = mark in (0xE38081, 0xE38082, 0xEFBC81, 0xEFBC8C, 0xEFBC9A, 0xEFBC9B, 0xEFBC9F)
    return 3 if is_quote or is_stop or mark == 0xEFBC89 else 0


@kernel
def trim(block: NDArray[np.uint8], start: int, stop: int, first: int, last: int) -> tuple[int, int]:
    """A marked passage with its ends moved inwards to where the document may be cut, without the
    marks that close the sentence before it, and with a space left where two words would meet."""
    start = move_to_edge(block, start, 1, first, last)
    stop = move_to_edge(block, stop, -1, first, last)
    while first < start < stop and length_of_closing(block, start):
        start += length_of_closing(block, start)
    if first < start < stop < last and not is_white(block[start - 1]) and not is_white(block[stop]):
        if is_white(block[start]):
            start += 1
        elif is_white(block[stop - 1]):
            stop -= 1
    return start, stop


@kernel
def list_cuts(
    block: NDArray[np.uint8],
    is_repeat: NDArray[np.bool_],
    starts: NDArray[np.int64],
    min_bytes: int,
    cuts: NDArray[np.int64],
) -> int:
    """Write the passages to cut out and give their number.

    Args:
        block: the documents, each with the end mark behind it.
        is_repeat: what `mark_repeats` wrote.
        starts: (d + 1,) where each document begins in the block.
        min_bytes: the length of the windows.
        cuts: (c, 3) gets document, first byte and end, counted from where the document begins.
    """
    num_cuts = 0
    for document in range(len(starts) - 1):
        first, last = starts[document], starts[document + 1] - 1
        place = first
        while place < last:
            if not is_repeat[place]:
                place += 1
                continue
            start, stop = place, place + min_bytes
            while place <= stop and place < last:  # windows that meet are one passage
                if is_repeat[place]:
                    stop = place + min_bytes
                place += 1
            place = stop
            start, stop = trim(block, start, stop, first, last)
            if start < stop:
                cuts[num_cuts] = (document, start - first, stop - first)
                num_cuts += 1
    return num_cuts


@kernel
def count_white(block: NDArray[np.uint8], start: int, stop: int) -> int:
    """The bytes of ASCII white space in `block[start:stop]`."""
    count = 0
    for at in range(start, stop):
        count += is_white(block[at])
    return count
