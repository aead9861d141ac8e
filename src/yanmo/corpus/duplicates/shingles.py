"""The shingles of a text, one after the other, in memory that does not grow with the text.

Comes in: UTF-8 bytes and the table of `characters.word_table`. Goes out: a 64-bit hash for each
shingle. A token is a word, or one character of a script written without spaces. A shingle is a
run of tokens; its first token decides how many: so a text that mixes scripts needs no verdict on
its language, and an edit changes no shingle that it does not touch. A text that is too short for
one shingle is one as a whole; a text without tokens has none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import (
    CLASS_SHIFT,
    CODE_POINT_MASK,
    IDEOGRAPH,
    LETTER,
    NOTHING,
)
from yanmo.corpus.duplicates.text_hashes import add_to_a, mix
from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import character_at

RING_SIZE = 64
"""Tokens that are remembered; a power of two, and more than the longest shingle has."""

_RING_MASK = RING_SIZE - 1
_EMPTY_WORD = np.uint64(0x452821E638D01377)
_SHINGLE_STEP = np.uint64(0x9E3779B97F4A7C15)


@kernel
def next_token(
    data: NDArray[np.uint8], at: int, stop: int, table: NDArray[np.uint32]
) -> tuple[np.uint64, bool, int]:
    """The next token at or after `at`: its hash, whether it is a character by itself, and where to
    look for the one after it. Where there is none, the hash is 0."""
    word = _EMPTY_WORD
    while at < stop:
        code_point, width = character_at(data, at)
        after = at + width
        entry = table[code_point]
        kind = entry >> CLASS_SHIFT
        if kind == LETTER:
            word = add_to_a(word, np.uint64(entry & CODE_POINT_MASK))
        elif kind != NOTHING:
            if word != _EMPTY_WORD:
                # What ends a word is looked at again where it is a token itself.
                return word, False, at if kind == IDEOGRAPH else after
            if kind == IDEOGRAPH:
                return mix(np.uint64(entry & CODE_POINT_MASK)), True, after
        at = after
    return (word, False, stop) if word != _EMPTY_WORD else (np.uint64(0), False, stop)


@kernel
def hash_shingle(ring: NDArray[np.uint64], first: int, num_tokens: int) -> np.uint64:
    """The hash of the tokens with the numbers `first` to `first + num_tokens - 1`."""
    value = np.uint64(num_tokens)
    for token in range(first, first + num_tokens):
        value = (value + ring[token & _RING_MASK]) * _SHINGLE_STEP
        value ^= value >> np.uint64(32)
    return value
