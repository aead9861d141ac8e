"""One look at every character of a text column: its words, its phrases, its scripts.

Comes in: UTF-8 bytes. Goes out: letters by script, the number of words and of phrases, and hashes
of both, for sketches or one by one. Knows nothing of what is made of them.

A word is a run of letters, digits and marks, ASCII without its case; in scripts that are written
without spaces (Han, kana, Thai, Lao, Khmer, Burmese) every character stands for a word. A phrase is
13 words in a row, the length by which contamination is commonly looked for; a document of fewer
words is one phrase.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.report.distinct_count import note_hash
from yanmo.corpus.scripts import SCRIPTS, SPACELESS_RANGES, major_category, script_of_code_point
from yanmo.corpus.text_column import TextBuffers
from yanmo.corpus.utf8 import character_at

PHRASE_WORDS = 13
_SCRIPT_MASK = 15
_IN_WORD = 16  # a letter, digit or mark that goes on with the word before it
_ALONE = 32  # a character that is a word by itself
_BUFFER_WORDS = 4096
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_START = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was counted over all texts of a column.

    Args:
        scripts: letters of each script, in the order of `SCRIPTS`.
        words: how many words.
        phrases: how many phrases.
    """

    scripts: NDArray[np.int64]
    words: int
    phrases: int


def survey(
    texts: TextBuffers, distinct_words: NDArray[np.uint8], distinct_phrases: NDArray[np.uint8]
) -> Survey:
    """Count letters, words and phrases.

    Args:
        texts: n texts.
        distinct_words: registers of a `DistinctCount`, which gets to see every word.
        distinct_phrases: the same for the phrases.
    """
    scripts = np.zeros(_SCRIPT_MASK + 1, dtype=np.int64)
    totals = np.zeros(2, dtype=np.int64)
    _survey(
        texts.data,
        texts.offsets,
        _classes(),
        np.zeros(_BUFFER_WORDS, dtype=np.uint64),
        scripts,
        distinct_words,
        distinct_phrases,
        totals,
    )
    return Survey(scripts[1 : len(SCRIPTS) + 1], int(totals[0]), int(totals[1]))


def words_of(texts: TextBuffers) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hash of every word, and the text (its row) that each stands in."""
    words = np.zeros(int(texts.offsets[-1] - texts.offsets[0]) + 1, dtype=np.uint64)
    rows = np.zeros(len(words), dtype=np.int64)
    number = _list_words(texts.data, texts.offsets, _classes(), words, rows)
    return words[:number], rows[:number]


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """For every code point its script (1 + index in `SCRIPTS`) and how it makes words."""
    is_in_word = np.isin(major_category(), np.frombuffer(b"LNM", dtype=np.uint8))
    scripts = script_of_code_point()
    is_alone = np.isin(scripts, [1 + SCRIPTS.index("Han"), 1 + SCRIPTS.index("Kana")])
    for first, last in SPACELESS_RANGES:
        is_alone[first : last + 1] = is_in_word[first : last + 1]
    kind = np.where(is_alone, _ALONE, np.where(is_in_word, _IN_WORD, 0))
    return (scripts | kind.astype(np.uint8)).astype(np.uint8)


@kernel
def _survey(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    classes: NDArray[np.uint8],
    buffer: NDArray[np.uint64],
    scripts: NDArray[np.int64],
    distinct_words: NDArray[np.uint8],
    distinct_phrases: NDArray[np.uint8],
    totals: NDArray[np.int64],
) -> None:
    """`totals` gets the number of words and of phrases."""
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        carried, is_first = 0, True
        while at < end:
            at, filled = _fill_words(data, at, end, classes, scripts, buffer, carried)
            for place in range(carried, filled):
                note_hash(distinct_words, buffer[place])
            totals[0] += filled - carried
            is_last = at >= end
            if filled >= PHRASE_WORDS or (is_first and is_last and filled > 0):
                totals[1] += _note_phrases(buffer, filled, distinct_phrases)
            is_first = is_first and filled < PHRASE_WORDS
            # The next phrases begin within the last words of this filling.
            kept = min(PHRASE_WORDS - 1, filled)
            for place in range(kept):
                buffer[place] = buffer[filled - kept + place]
            carried = kept


@kernel
def _list_words(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    classes: NDArray[np.uint8],
    words: NDArray[np.uint64],
    rows: NDArray[np.int64],
) -> int:
    """Write every word and its row; how many there are."""
    scripts = np.zeros(_SCRIPT_MASK + 1, dtype=np.int64)
    number = 0
    for row in range(len(offsets) - 1):
        begun = number
        _, number = _fill_words(
            data, offsets[row], offsets[row + 1], classes, scripts, words, number
        )
        rows[begun:number] = row
    return number


@kernel
def _fill_words(
    data: NDArray[np.uint8],
    at: np.int64,
    end: int,
    classes: NDArray[np.uint8],
    scripts: NDArray[np.int64],
    buffer: NDArray[np.uint64],
    filled: int,
) -> tuple[np.int64, int]:
    """Hash words into `buffer` from place `filled` on, until it is full or the text ends.

    Returns:
        The byte where to go on, and the first free place of the buffer.
    """
    word, is_in_word = _START, False
    while at < end and filled < len(buffer):
        point, width = character_at(data, at)
        kind = classes[point]
        if kind & _IN_WORD:
            lower = point + 32 if 65 <= point <= 90 else point
            word = (word ^ np.uint64(lower)) * _PRIME
            is_in_word = True
        elif is_in_word:
            buffer[filled] = _mix(word)
            filled += 1
            word, is_in_word = _START, False
            continue  # look at this character again: it may be a word, and the buffer may be full
        elif kind & _ALONE:
            buffer[filled] = _mix((_START ^ np.uint64(point)) * _PRIME)
            filled += 1
        scripts[kind & _SCRIPT_MASK] += 1
        at += width
    if is_in_word:  # the text has ended: a word is never begun when the buffer is full
        buffer[filled] = _mix(word)
        filled += 1
    return at, filled


@kernel
def _note_phrases(words: NDArray[np.uint64], number: int, registers: NDArray[np.uint8]) -> int:
    """Let a sketch see all phrases of these words; how many there are.

    A phrase is a polynomial of its words modulo 2^64, rolled on word by word, then mixed.
    """
    length = min(number, PHRASE_WORDS)
    highest = np.uint64(1)
    phrase = np.uint64(0)
    for place in range(length):
        phrase = phrase * _MULTIPLIER + words[place]
        highest *= _MULTIPLIER
    note_hash(registers, _mix(phrase))
    for place in range(length, number):
        phrase = phrase * _MULTIPLIER + words[place] - highest * words[place - length]
        note_hash(registers, _mix(phrase))
    return number - length + 1


@kernel
def _mix(value: np.uint64) -> np.uint64:
    """Spread the bits (the finaliser of MurmurHash3)."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))
