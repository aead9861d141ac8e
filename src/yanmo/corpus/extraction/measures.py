"""What the text of a block looks like.

Comes in: the blocks that the scanner cut. Goes out: counts for each block (words, punctuation,
digits, how it begins and ends), made for English and Chinese alike: length is counted in units, a
word being one and a Chinese character six tenths of one. Knows nothing of tags.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.memory import B_END, B_START
from yanmo.corpus.extraction.tags import find_slot, hash_byte, hash_of
from yanmo.corpus.kernel import lean_kernel
from yanmo.corpus.utf8 import character_at

# Columns of `measures`.
(
    M_UNITS,
    M_CHARACTERS,
    M_HAN,
    M_COMMAS,
    M_ENDS,  # sentence ends
    M_DIGITS,
    M_CAPITALS,  # words that begin with a capital
    M_WORDS,
    M_END_KIND,
    M_START_KIND,
    M_MARKS,
    M_HASH,  # of letters and digits, in lower case; 0 where there are none
    M_PHRASES,  # bits of `phrases.PHRASE_GROUPS`
) = range(13)
MEASURE_COLUMNS = 13

END_SENTENCE, END_COLON, END_ELLIPSIS = 1, 2, 3
START_CAPITAL, START_SMALL, START_DIGIT, START_OTHER = 1, 2, 3, 4
MARK_COPYRIGHT, MARK_BAR, MARK_AT, MARK_ARROW, MARK_SLASH, MARK_COLON = 1, 2, 4, 8, 16, 32

UNITS_OF_HAN = 0.6
MAX_PHRASE_UNITS = 60
"""Telling words are looked for in shorter blocks only."""
_HASH_START = hash_of("")
_CLOSERS = (0x22, 0x27, 0x29, 0x5D, 0x2019, 0x201D, 0x300D, 0x300F, 0xFF09, 0x3011, 0x300B, 0xBB)
_OPENERS = (0x22, 0x27, 0x28, 0x2018, 0x201C, 0x300C, 0x300E, 0x300A, 0x3010, 0xFF08, 0xAB)


@lean_kernel
def is_han(code: int) -> bool:
    """Chinese characters, and Japanese kana, which are counted alike."""
    return 0x4E00 <= code <= 0x9FFF or 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x4DBF


@lean_kernel
def _is_word_part(code: int) -> bool:
    """Letters and digits of alphabetic scripts, roughly."""
    if code < 0x80:
        return 97 <= (code | 32) <= 122 or 48 <= code <= 57
    if code < 0x2000:
        return code >= 0xC0 or code == 0xAA or code == 0xB5 or code == 0xBA
    return 0xAC00 <= code <= 0xD7A3 or 0x2C00 <= code <= 0x2DFF or 0xA640 <= code <= 0xABFF


@lean_kernel
def _is_sentence_end(code: int) -> bool:
    """. ! ? and their Chinese forms."""
    return (
        code == 46 or code == 33 or code == 63 or code == 0x3002 or code == 0xFF01 or code == 0xFF1F
    )


@lean_kernel
def _is_comma(code: int) -> bool:
    """Commas and semicolons, Chinese ones too."""
    return code == 44 or code == 59 or code == 0xFF0C or code == 0x3001 or code == 0xFF1B


@lean_kernel
def _mark_of(code: int) -> int:
    """The bit of a telling character, or 0."""
    if code == 0xA9:
        return MARK_COPYRIGHT
    if code == 124 or code == 0x2022 or code == 0xB7:
        return MARK_BAR
    if code == 64:
        return MARK_AT
    if code == 62 or code == 0xBB or code == 0x203A or code == 0x2192:
        return MARK_ARROW
    if code == 47:
        return MARK_SLASH
    if code == 58 or code == 0xFF1A:
        return MARK_COLON
    return 0


@lean_kernel
def _start_kind(code: int) -> int:
    """How a block begins."""
    if is_han(code) or 65 <= code <= 90 or 0xC0 <= code <= 0xDE:
        return START_CAPITAL
    if 97 <= code <= 122 or 0xDF <= code <= 0xFF:
        return START_SMALL
    if 48 <= code <= 57:
        return START_DIGIT
    return START_CAPITAL if 0x370 <= code < 0x2000 else START_OTHER


@lean_kernel
def _end_kind(last: int, before: int) -> int:
    """How a block ends."""
    if last == 0x2026 or (last == 46 and before == 46):
        return END_ELLIPSIS
    if _is_sentence_end(last):
        return END_SENTENCE
    return END_COLON if last == 58 or last == 0xFF1A else 0


@lean_kernel
def _find_phrases(out: NDArray[np.uint8], at: int, end: int, slots: NDArray[np.int64]) -> int:
    """The groups of telling words in a block, one bit each."""
    bits = 0
    value = _HASH_START
    length = 0
    before = 0
    while at < end:
        code, width = character_at(out, at)
        at += width
        is_letter = 97 <= (code | 32) <= 122 and code < 0x80
        if is_letter:
            value = hash_byte(value, code | 32)
            length += 1
        if length and (not is_letter or at >= end):
            bits |= 1 << find_slot(slots, value)
            value = _HASH_START
            length = 0
        if is_han(code):
            if before:
                bits |= 1 << find_slot(slots, hash_byte(hash_byte(_HASH_START, before), code))
            before = code
        else:
            before = 0
    return bits >> 1


@lean_kernel
def hash_prefixes(out: NDArray[np.uint8], at: int, end: int, prefixes: NDArray[np.float64]) -> int:
    """Hashes of all beginnings of a text, as `M_HASH` counts them. Returns how many."""
    value = _HASH_START
    count = 0
    while at < end and count < len(prefixes):
        code, width = character_at(out, at)
        at += width
        if is_han(code) or _is_word_part(code):
            value = _hash_letter(value, code)
            prefixes[count] = value
            count += 1
    return count


@lean_kernel
def _hash_letter(value: int, code: int) -> int:
    """One more letter in the running hash of a block; 44 bits, exact in float64."""
    return ((value ^ (code + 32 if 65 <= code <= 90 else code)) * 16777619) & 0xFFFFFFFFFFF


@lean_kernel
def _measure_block(out: NDArray[np.uint8], at: int, end: int, row: NDArray[np.float64]) -> None:
    """Fill one row of `measures`, apart from the phrases."""
    row[:] = 0.0
    marks = 0
    last = 0
    before = 0
    value = _HASH_START
    in_word = False
    has_letters = False
    while at < end:
        code, width = character_at(out, at)
        at += width
        row[M_CHARACTERS] += 1
        han = is_han(code)
        part = _is_word_part(code)
        if han:
            row[M_HAN] += 1
        elif part and not in_word:
            row[M_WORDS] += 1
            row[M_CAPITALS] += 1 if _start_kind(code) == START_CAPITAL else 0
        elif not part:
            row[M_COMMAS] += 1 if _is_comma(code) else 0
            row[M_ENDS] += 1 if _is_sentence_end(code) else 0
            marks |= _mark_of(code)
        in_word = part or (in_word and (code == 39 or code == 0x2019))
        row[M_DIGITS] += 1 if 48 <= code <= 57 else 0
        if han or part:
            value = _hash_letter(value, code)
            has_letters = True
        if row[M_START_KIND] == 0 and code not in _OPENERS:
            row[M_START_KIND] = _start_kind(code)
        if code > 32 and code not in _CLOSERS:
            before = last
            last = code
    row[M_UNITS] = row[M_WORDS] + UNITS_OF_HAN * row[M_HAN]
    row[M_END_KIND] = _end_kind(last, before)
    row[M_MARKS] = marks
    row[M_HASH] = value if has_letters else 0


@lean_kernel
def measure_blocks(
    out: NDArray[np.uint8],
    blocks: NDArray[np.int64],
    measures: NDArray[np.float64],
    slots: NDArray[np.int64],
) -> None:
    """Fill `measures`, one row for each block."""
    for number in range(blocks.shape[0]):
        start, end = blocks[number, B_START], blocks[number, B_END]
        _measure_block(out, start, end, measures[number])
        if measures[number, M_UNITS] < MAX_PHRASE_UNITS:
            measures[number, M_PHRASES] = _find_phrases(out, start, end, slots)
