"""Texts as lines or paragraphs with the gaps between them.

Comes in: UTF-8 bytes. Goes out: the pieces of each text with their hashes, lengths and gaps; the
length that a text will have without some of its pieces, computed from these numbers alone; and the
text without them. A piece is a line, or the lines between blank ones; the gap is what separates it
from the next piece, with any blank lines. Where pieces are cut out, the longest of the gaps around
them stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import CLASS_SHIFT, GAP, IDEOGRAPH
from yanmo.corpus.duplicates.copying import copy_bytes
from yanmo.corpus.duplicates.text_hashes import hash_text
from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import character_at

NEVER_CUT = np.uint64(0)
"""The hash of a piece that stays in any case."""

MAX_GAP = 255
"""Longer gaps are shortened to so many bytes where something beside them is cut out."""

_NEWLINE, _SPACE, _TAB, _RETURN = 10, 32, 9, 13
_BACKTICK, _TILDE = 96, 126
_CODE_INDENT = 4


@kernel
def end_of_line(data: NDArray[np.uint8], at: int, stop: int) -> int:
    """The place of the next line feed, or `stop`."""
    while at < stop and data[at] != _NEWLINE:
        at += 1
    return at


@kernel
def skip_blank_lines(data: NDArray[np.uint8], at: int, stop: int) -> int:
    """The beginning of the first line at or after `at` that holds more than ASCII white space."""
    line = at
    while at < stop:
        byte = data[at]
        at += 1
        if byte == _NEWLINE:
            line = at
        elif byte not in (_SPACE, _TAB, _RETURN):
            return line
    return stop


@kernel
def end_of_piece(data: NDArray[np.uint8], at: int, stop: int, is_paragraph: bool) -> int:
    """The end of the piece that begins at `at`, before its last line feed."""
    at = end_of_line(data, at, stop)
    while is_paragraph and at < stop and skip_blank_lines(data, at + 1, stop) == at + 1 < stop:
        at = end_of_line(data, at + 1, stop)
    return at


@kernel
def opens_fence(data: NDArray[np.uint8], at: int, stop: int) -> bool:
    """Whether a line begins or ends a block of code: three backticks or tildes."""
    while at < stop and data[at] in (_SPACE, _TAB):
        at += 1
    if at + 3 > stop or data[at] not in (_BACKTICK, _TILDE):
        return False
    return bool(data[at + 1] == data[at]) and bool(data[at + 2] == data[at])


@kernel
def is_indented(data: NDArray[np.uint8], at: int, stop: int) -> bool:
    """Whether a line is indented as code is: by a tab or four spaces."""
    spaces = 0
    while at < stop and data[at] == _SPACE and spaces < _CODE_INDENT:
        at += 1
        spaces += 1
    return spaces == _CODE_INDENT or (at < stop and data[at] == _TAB)


@kernel
def count_fences(data: NDArray[np.uint8], at: int, stop: int) -> int:
    """How many lines of a piece begin or end a block of code."""
    count = 0
    while at < stop:
        count += opens_fence(data, at, stop)
        at = end_of_line(data, at, stop) + 1
    return count


@kernel
def is_wide_enough(
    data: NDArray[np.uint8], at: int, stop: int, words: NDArray[np.uint32], min_columns: int
) -> bool:
    """Whether a piece takes `min_columns` columns; characters by themselves take two, others one,
    punctuation and white space none."""
    columns = 0
    while at < stop and columns < min_columns:
        code_point, width = character_at(data, at)
        at += width
        kind = words[code_point] >> CLASS_SHIFT
        columns += 2 if kind == IDEOGRAPH else 0 if kind == GAP else 1
    return columns >= min_columns


@kernel
def count_pieces(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    is_paragraph: bool,
    counts: NDArray[np.int32],
) -> int:
    """Write the number of pieces of each text; gives their sum."""
    total = 0
    for row in range(len(offsets) - 1):
        stop = offsets[row + 1]
        at = skip_blank_lines(data, offsets[row], stop)
        count = 0
        while at < stop:
            at = skip_blank_lines(data, end_of_piece(data, at, stop, is_paragraph), stop)
            count += 1
        counts[row] = count
        total += count
    return total


@kernel
def describe_pieces(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    is_paragraph: bool,
    cut_code: bool,
    min_columns: int,
    table: NDArray[np.uint32],
    words: NDArray[np.uint32],
    starts: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    lengths: NDArray[np.uint32],
    gaps: NDArray[np.uint8],
) -> None:
    """Write for every piece of a column: where it begins in `data`, its hash, its length in bytes
    and that of the gap after it.

    `table` says which differences count (`text_table`), `words` what a letter is (`word_table`).
    """
    piece = 0
    for row in range(len(offsets) - 1):
        stop = offsets[row + 1]
        at = skip_blank_lines(data, offsets[row], stop)
        num_fences = 0
        while at < stop:
            end = end_of_piece(data, at, stop, is_paragraph)
            after = skip_blank_lines(data, end, stop)
            fences = 0 if cut_code else count_fences(data, at, end)
            is_code = not cut_code and (
                fences > 0 or num_fences % 2 == 1 or is_indented(data, at, end)
            )
            num_fences += fences
            value = NEVER_CUT
            if not is_code and is_wide_enough(data, at, end, words, min_columns):
                value = max(hash_text(data, at, end, table)[0], np.uint64(1))
            starts[piece] = at
            hashes[piece] = value
            lengths[piece] = end - at
            gaps[piece] = min(after - end, MAX_GAP)
            piece += 1
            at = after


@kernel
def lengths_without(
    counts: NDArray[np.int32],
    lengths: NDArray[np.uint32],
    gaps: NDArray[np.uint8],
    is_cut: NDArray[np.bool_],
    num_cut: NDArray[np.int64],
    new_lengths: NDArray[np.int64],
) -> None:
    """Write how many pieces each text loses, and how many bytes it has without them."""
    piece = 0
    for row in range(len(counts)):
        length = cut = 0
        gap = -1
        for _ in range(counts[row]):
            if is_cut[piece]:
                cut += 1
            else:
                length += lengths[piece] + max(gap, 0)
                gap = 0
            if gap >= 0:
                gap = max(gap, int(gaps[piece]))
            piece += 1
        num_cut[row] = cut
        new_lengths[row] = length


@kernel
def copy_without(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    is_paragraph: bool,
    is_cut: NDArray[np.bool_],
    num_cut: NDArray[np.int64],
    out: NDArray[np.uint8],
    out_offsets: NDArray[np.int64],
) -> None:
    """Write the texts without the pieces that are cut; texts that lose none come over as they are.

    `out_offsets` begins with 0 and gets the ends of the texts.
    """
    piece = written = 0
    for row in range(len(offsets) - 1):
        start, stop = offsets[row], offsets[row + 1]
        if not num_cut[row]:
            written = copy_bytes(data, start, stop, out, written)
        at = skip_blank_lines(data, start, stop)
        gap_start = gap_stop = -1
        while at < stop:
            end = end_of_piece(data, at, stop, is_paragraph)
            after = skip_blank_lines(data, end, stop)
            if num_cut[row] and not is_cut[piece]:
                written = copy_bytes(data, gap_start, gap_stop, out, written)
                written = copy_bytes(data, at, end, out, written)
                gap_start = gap_stop = 0
            if gap_start >= 0 and min(after - end, MAX_GAP) > gap_stop - gap_start:
                gap_start, gap_stop = end, end + min(after - end, MAX_GAP)
            piece += 1
            at = after
        out_offsets[row + 1] = written
