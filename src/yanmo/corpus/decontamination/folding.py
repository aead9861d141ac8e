"""What is the same for decontamination: characters folded, and which of them make words.

Comes in: nothing. Goes out: a table from code points to folded code points. Case, full width and
compatibility forms are folded; punctuation and symbols separate words; marks that sit on letters
and invisible characters do not count.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.scripts import HAN_RANGES, KANA_RANGES, SPACELESS_RANGES

SEPARATOR, IGNORED = 0, 1
"""Entries of the table that are no folded characters."""

UNIT = 1 << 31
"""The bit of an entry that says that the character is a unit of its own, as Han characters are."""

_END = 0x32400  # after the last Han character; beyond it nothing makes words
_UNSPACED = (*SPACELESS_RANGES, *HAN_RANGES, *KANA_RANGES)
_IGNORED_CATEGORIES = ("Mn", "Me", "Cf")


@lru_cache(maxsize=1)
def folding_table() -> NDArray[np.uint32]:
    """(205824,) for every code point its folded form, `SEPARATOR` or `IGNORED`, perhaps `UNIT`."""
    table = np.zeros(_END, np.uint32)
    table[0x20000:] = np.arange(0x20000, _END) | UNIT
    for code in range(0x20000):
        table[code] = _fold(chr(code))
    for first, last in _UNSPACED:
        part = table[first : last + 1]
        part[part > IGNORED] |= np.uint32(UNIT)
    return table


def _fold(character: str) -> int:
    """The entry of one character, without the bit `UNIT`."""
    folded = unicodedata.normalize("NFKC", character)
    folded = folded.casefold() if len(folded) == 1 else character
    folded = folded if len(folded) == 1 else character.lower()[:1]
    if folded.isalnum():
        return ord(folded)
    return IGNORED if unicodedata.category(character) in _IGNORED_CATEGORIES else SEPARATOR
