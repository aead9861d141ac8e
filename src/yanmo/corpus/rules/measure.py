"""Everything that the rules measure, in one pass over each document.

Comes in: Arrow's bytes of a batch and, for each document, which groups of measures are wanted. Goes
out: a matrix with a column for each measure, NaN where it was not wanted or does not apply. Knows
nothing of thresholds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import character_classes
from yanmo.corpus.rules.reading import (
    Characters,
    Words,
    decode,
    find_words,
    powers_up_to,
    word_hash,
)
from yanmo.corpus.rules.repetition import (
    Seen,
    Segments,
    count_repeats,
    repeated_characters,
    split_at_runs,
    split_lines,
    stripped,
    top_characters,
)
from yanmo.corpus.rules.traits import (
    count_broken,
    count_gopher_lines,
    count_kinds,
    count_line_ends,
    count_marks,
)
from yanmo.corpus.text_column import TextBuffers
from yanmo.corpus.utf8 import start_of_character

REPETITION = 1
"""Group: repeated lines, paragraphs and runs of words."""
WORDS = 2
"""Group: the words of Gopher's quality rules."""
LINES = 4
"""Group: the lines of FineWeb's rules."""
CHARACTERS = 8
"""Group: kinds of characters, and broken encodings."""
CHINESE = 16
"""Group: Chinese prose, and runs of characters that repeat."""

TOP_SIZES = (2, 3, 4)
DUPLICATED_SIZES = (5, 6, 7, 8, 9, 10)
CHINESE_TOP_SIZES = (4, 6, 8)
CHINESE_DUPLICATED_SIZES = (8, 10, 12, 14, 16)

MEASURES = (
    "num_characters",
    "num_words",
    "dup_para_frac",
    "dup_para_char_frac",
    "dup_line_frac",
    "dup_line_char_frac",
    *(f"top_{size}_gram_frac" for size in TOP_SIZES),
    *(f"duplicated_{size}_gram_frac" for size in DUPLICATED_SIZES),
    "num_no_symbol_words",
    "mean_word_length",
    "hashes_per_word",
    "ellipses_per_word",
    "gopher_bullet_line_frac",
    "gopher_ellipsis_line_frac",
    "alpha_word_frac",
    "num_stop_words",
    "alpha_no_symbol_word_frac",
    "num_lines",
    "line_punct_frac",
    "short_line_frac",
    "char_dup_frac",
    "new_lines_per_word",
    "symbol_frac",
    "digit_frac",
    "bullet_line_frac",
    "ellipsis_line_frac",
    "broken_frac",
    "num_han",
    "han_frac",
    "characters_per_mark",
    "characters_per_pause",
    "unpunctuated_frac",
    "half_width_frac",
    "classical_frac",
    "function_frac",
    "rare_han_frac",
    *(f"top_{size}_character_frac" for size in CHINESE_TOP_SIZES),
    *(f"duplicated_{size}_character_frac" for size in CHINESE_DUPLICATED_SIZES),
)
"""The columns of the matrix."""

COLUMN = {name: index for index, name in enumerate(MEASURES)}
"""The column of each measure."""

_FIRST_OF_GROUP = (
    ("num_characters", REPETITION | WORDS | LINES | CHARACTERS | CHINESE),
    ("dup_para_frac", REPETITION | CHINESE),
    ("top_2_gram_frac", REPETITION),
    ("num_no_symbol_words", WORDS),
    ("num_lines", LINES),
    ("symbol_frac", CHARACTERS),
    ("num_han", CHINESE),
)

GROUPS_OF_MEASURE = {
    name: next(groups for first, groups in reversed(_FIRST_OF_GROUP) if COLUMN[first] <= column)
    for name, column in COLUMN.items()
}
"""The groups of which a measure is part."""

_REPETITION_AT = COLUMN["dup_para_frac"]
_TOP_AT = COLUMN["top_2_gram_frac"]
_WORDS_AT = COLUMN["num_no_symbol_words"]
_LINES_AT = COLUMN["num_lines"]
_CHARACTERS_AT = COLUMN["symbol_frac"]
_CHINESE_AT = COLUMN["num_han"]
_CHINESE_TOP_AT = COLUMN["top_4_character_frac"]

_MIN_CHINESE_TOP = 3  # eight characters said twice are a large share of a poem, and no fault
_MIN_HAN_FOR_SHARES = 50  # shares of rarer things mean nothing in a shorter text

MAX_BYTES = 2 * 1024 * 1024
"""A longer document is judged by its first bytes, so many of them, to bound the memory."""

MAX_STOP_WORDS = 63
"""More stop words are not told apart."""


def measure(
    texts: TextBuffers,
    groups: NDArray[np.uint8],
    stop_words: tuple[str, ...],
    short_line_characters: int,
) -> NDArray[np.float64]:
    """Measure a batch.

    Args:
        texts: n documents.
        groups: (n,) uint8, sums of the groups that each document needs.
        stop_words: at most `MAX_STOP_WORDS`.
        short_line_characters: a line of at most so many characters is short.

    Returns:
        (n, len(MEASURES)) float64.
    """
    values = np.full((len(texts), len(MEASURES)), np.nan)
    if len(texts) == 0:
        return values
    longest = min(int(np.max(np.diff(texts.offsets))), MAX_BYTES)
    table_size = 64
    while table_size < 2 * longest:
        table_size *= 2
    measure_batch(
        texts.data,
        texts.offsets,
        groups,
        character_classes(),
        powers_up_to(longest + 64),
        np.array([word_hash(word) for word in stop_words], np.uint64),
        short_line_characters,
        longest,
        table_size,
        values,
    )
    return values


@kernel
def share(part: float, whole: float) -> float:
    """`part / whole`, or NaN where there is no whole."""
    return part / whole if whole else np.nan


@kernel
def put_runs(
    words: Words, num_words: int, num_characters: int, powers: Any, seen: Seen,
    sizes: Any, min_count: int, row: Any,
) -> None:  # fmt: skip
    """Shares of the characters in the most frequent run, if it occurs often enough, for each size;
    with a `min_count` of 0, in repeated runs."""
    for index in range(len(sizes)):
        size = sizes[index]
        if min_count:
            found = top_characters(words, num_words, size, min_count, powers, seen)
        else:
            found = repeated_characters(words, num_words, size, powers, seen)
        row[index] = found / num_characters


@kernel
def put_repeats(
    text: Characters, num_characters: int, powers: Any, segments: Segments, seen: Seen, row: Any
) -> None:
    """Shares of paragraphs and lines that repeat, by number and by characters."""
    start, end = stripped(text, num_characters)
    count = split_at_runs(text, start, end, 2, segments)
    found = count_repeats(text, powers, segments, count, seen)
    row[0] = found.repeated / found.segments
    row[1] = found.characters / num_characters
    count = split_at_runs(text, 0, num_characters, 1, segments)
    found = count_repeats(text, powers, segments, count, seen)
    row[2] = found.repeated / found.segments
    row[3] = found.characters / num_characters


@kernel
def put_words(text: Characters, num_characters: int, counts: Any, row: Any) -> None:
    """The measures of Gopher's quality rules."""
    row[0] = counts.no_symbols
    row[1] = share(counts.no_symbol_characters, counts.no_symbols)
    marks = count_marks(text, num_characters)
    row[2] = share(marks.hashes, counts.words)
    row[3] = share(marks.ellipses, counts.words)
    lines = count_gopher_lines(text, num_characters)
    row[4] = share(lines.bullets, lines.lines)
    row[5] = share(lines.ellipses, lines.lines)
    row[6] = share(counts.alphabetic, counts.words)
    row[7] = counts.stop_words
    row[8] = share(counts.alphabetic, counts.no_symbols)


@kernel
def put_chinese(kinds: Any, unpunctuated: int, row: Any) -> None:
    """The measures of Chinese prose."""
    row[0] = kinds.han
    row[1] = share(kinds.han, kinds.visible)
    if kinds.words:
        row[2] = kinds.words / max(kinds.marks, 1)
        row[3] = kinds.words / max(kinds.pauses, 1)
    row[4] = share(unpunctuated, kinds.words)
    row[5] = share(kinds.half_width, kinds.half_width + kinds.full_width)
    row[6] = share(kinds.classical, kinds.classical + kinds.modern)
    if kinds.han >= _MIN_HAN_FOR_SHARES:
        row[7] = kinds.function / kinds.han
        row[8] = kinds.rare_han / kinds.han


@kernel
def cut_between_characters(data: Any, start: int, end: int) -> int:
    """`end`, or the last place before it that is not inside a character, if the text is long."""
    if end - start <= MAX_BYTES:
        return end
    return start_of_character(data, start + MAX_BYTES)


@kernel
def measure_batch(
    data: Any, offsets: Any, groups: Any, table: Any, powers: Any, stop_hashes: Any,
    short_line_characters: int, longest: int, table_size: int, values: Any,
) -> None:  # fmt: skip
    """Fill the rows of `values`."""
    text = Characters(
        np.empty(longest + 1, np.int32),
        np.empty(longest + 1, np.uint32),
        np.empty(longest + 1, np.uint64),
    )
    words = Words(
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.uint64),
        np.empty(longest + 1, np.uint64),
    )
    segments = Segments(np.empty(longest + 2, np.int64), np.empty(longest + 2, np.int64))
    seen = Seen(
        np.empty(table_size, np.uint64),
        np.empty(table_size, np.int32),
        np.empty(table_size, np.int32),
    )
    for index in range(len(offsets) - 1):
        group, row = groups[index], values[index]
        end = cut_between_characters(data, offsets[index], offsets[index + 1])
        length = decode(data, offsets[index], end, table, text)
        row[0] = length
        if length == 0:
            row[_WORDS_AT] = 0
            row[_LINES_AT] = 0
            row[_CHINESE_AT] = 0
            continue
        counts = find_words(text, length, powers, stop_hashes, False, words)
        row[1] = counts.words
        if group & (REPETITION | CHINESE):
            put_repeats(text, length, powers, segments, seen, row[_REPETITION_AT:])
        if group & REPETITION:
            tops, places = row[_TOP_AT:], row[_TOP_AT + len(TOP_SIZES) :]
            put_runs(words, counts.words, length, powers, seen, TOP_SIZES, 1, tops)
            put_runs(words, counts.words, length, powers, seen, DUPLICATED_SIZES, 0, places)
        if group & WORDS:
            put_words(text, length, counts, row[_WORDS_AT:])
        num_lines = split_lines(text, length, segments)
        ends = count_line_ends(text, segments, num_lines, short_line_characters)
        if group & LINES:
            put_lines(text, length, counts.words, powers, segments, num_lines, ends, seen, row)
        kinds = count_kinds(text, length)
        if group & CHARACTERS:
            row[_CHARACTERS_AT] = share(kinds.visible - kinds.words, kinds.visible)
            row[_CHARACTERS_AT + 1] = share(kinds.digits, kinds.visible)
            row[_CHARACTERS_AT + 2] = share(ends.bullets, num_lines)
            row[_CHARACTERS_AT + 3] = share(ends.ellipses, num_lines)
            row[_CHARACTERS_AT + 4] = count_broken(text, length) / length
        if group & CHINESE:
            put_chinese(kinds, ends.unpunctuated, row[_CHINESE_AT:])
            counts = find_words(text, length, powers, stop_hashes, True, words)
            tops = row[_CHINESE_TOP_AT:]
            places = row[_CHINESE_TOP_AT + len(CHINESE_TOP_SIZES) :]
            put_runs(
                words, counts.words, length, powers, seen, CHINESE_TOP_SIZES, _MIN_CHINESE_TOP, tops
            )
            put_runs(words, counts.words, length, powers, seen, CHINESE_DUPLICATED_SIZES, 0, places)


@kernel
def put_lines(
    text: Characters, num_characters: int, num_words: int, powers: Any, lines: Segments,
    num_lines: int, ends: Any, seen: Seen, row: Any,
) -> None:  # fmt: skip
    """The measures of FineWeb's rules."""
    new_lines = 0
    for at in range(num_characters):
        new_lines += text.points[at] == 10
    repeats = count_repeats(text, powers, lines, num_lines, seen)
    row[_LINES_AT] = num_lines
    row[_LINES_AT + 1] = share(ends.terminal, num_lines)
    row[_LINES_AT + 2] = share(ends.short, num_lines)
    row[_LINES_AT + 3] = share(repeats.characters, num_characters - new_lines)
    row[_LINES_AT + 4] = share(new_lines, num_words)
