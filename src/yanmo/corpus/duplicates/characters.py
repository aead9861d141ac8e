"""What each character means to a comparison, as tables that kernels read.

Comes in: which differences do not matter. Goes out: one uint32 for each of Unicode's code points:
its class, and the character that stands for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.scripts import (
    HALF_WIDTH_KANA,
    HAN_RANGES,
    KANA_RANGES,
    NUM_CODE_POINTS,
    RADICALS,
    SPACELESS_RANGES,
)

CLASS_SHIFT = np.uint32(29)
"""The class of a table's entry stands above this bit, the folded code point below it."""

CODE_POINT_MASK = np.uint32((1 << 21) - 1)
"""The bits of a table's entry that hold the folded code point."""

GAP, LETTER, IDEOGRAPH, NOTHING = (np.uint32(number) for number in range(4))
"""Classes: what separates, what makes up words, what is a word by itself, what is passed over."""

_NUM_LOOKED_AT = 0x20000  # above are only Han (planes 2 and 3), tags and private use

_ALIKE = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
"""Han and Hangul: letters that stand for themselves, not looked at one by one."""

_ALONE = (*SPACELESS_RANGES, RADICALS, *HAN_RANGES, *KANA_RANGES, HALF_WIDTH_KANA)
"""Scripts written without spaces between words: first and last code point."""


@lru_cache(maxsize=8)
def text_table(
    ignore_case: bool, ignore_width: bool, ignore_punctuation: bool
) -> NDArray[np.uint32]:
    """For comparing whole texts: white space is a gap, everything else counts as a letter.

    With `ignore_punctuation`, white space, punctuation and control characters are passed over.
    """

    def entry(character: str) -> np.uint32:
        if ignore_punctuation and unicodedata.category(character)[0] in "PZC":
            return NOTHING << CLASS_SHIFT
        if character.isspace():
            return GAP << CLASS_SHIFT
        if ignore_width:
            character = _fold_width(character)
        if ignore_case:
            character = _fold_case(character)
        return LETTER << CLASS_SHIFT | np.uint32(ord(character))

    return _table(entry)


@lru_cache(maxsize=1)
def word_table() -> NDArray[np.uint32]:
    """For shingles: words are runs of letters, digits and underscores; the characters of scripts
    without spaces are words by themselves; case, width and accents do not count."""
    alone = np.zeros(_NUM_LOOKED_AT, np.bool_)
    for first, last in _ALONE:
        alone[first : last + 1] = True

    def entry(character: str) -> np.uint32:
        if unicodedata.category(character) in ("Mn", "Cf"):
            return NOTHING << CLASS_SHIFT
        kind = IDEOGRAPH if alone[ord(character)] else LETTER
        character = _fold_accent(_fold_case(_fold_width(character)))
        if not (
            character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
        ):
            return GAP << CLASS_SHIFT
        return kind << CLASS_SHIFT | np.uint32(ord(character))

    table = _table(entry)
    table[_NUM_LOOKED_AT:] = GAP << CLASS_SHIFT
    for first, last in (*_ALIKE[:2], HAN_RANGES[-1]):
        han = np.arange(first, last + 1, dtype=np.uint32)
        table[han] = IDEOGRAPH << CLASS_SHIFT | han
    return table


def _table(entry: Callable[[str], np.uint32]) -> NDArray[np.uint32]:
    """`entry` for every code point; those not looked at are letters and stand for themselves."""
    table = np.arange(NUM_CODE_POINTS, dtype=np.uint32) | LETTER << CLASS_SHIFT
    is_alike = np.zeros(_NUM_LOOKED_AT, dtype=np.bool_)
    for first, last in _ALIKE:
        is_alike[first : last + 1] = True
    looked_at = np.flatnonzero(~is_alike)
    table[looked_at] = [entry(chr(code_point)) for code_point in looked_at.tolist()]
    return table


def _fold_case(character: str) -> str:
    """The small letter, where it is one character."""
    small = character.lower()
    return small if len(small) == 1 else character


def _fold_width(character: str) -> str:
    """The ordinary form of a full-width or half-width character."""
    if not unicodedata.decomposition(character).startswith(("<wide>", "<narrow>")):
        return character
    ordinary = unicodedata.normalize("NFKC", character)
    return ordinary if len(ordinary) == 1 else character


def _fold_accent(character: str) -> str:
    """The letter without the marks that Unicode composes it with."""
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if all(unicodedata.category(mark) == "Mn" for mark in parts[1:]) else character
