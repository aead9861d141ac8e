"""Characters that look like one another: other letters of the same shape, and similar Chinese ones.

Comes in: a character. Goes out: characters that a reader may take for it. Homoglyphs are other
code points with (nearly) the same picture: Cyrillic and Greek letters, full-width forms, and the
radicals and compatibility forms that Unicode folds into Chinese characters (NFKC). Similar
characters are other characters of Chinese with a picture like it, from `similar_characters.txt`,
which says how it was measured. Knows nothing of sound or sense.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files

_CYRILLIC_AND_GREEK = {
    "a": "а", "c": "с", "d": "ԁ", "e": "е", "g": "ɡ", "h": "һ", "i": "і", "j": "ј", "l": "ӏ",
    "n": "ո", "o": "оο", "p": "рρ", "q": "ԛ", "s": "ѕ", "u": "υս", "v": "ѵν", "w": "ԝ", "x": "х",
    "y": "уγ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "G": "Ԍ", "H": "НΗ", "I": "ІΙ", "J": "Ј", "K": "КΚ",
    "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "Q": "Ԛ", "S": "Ѕ", "T": "ТΤ", "V": "Ѵ", "W": "Ԝ",
    "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
}  # fmt: skip
"""Latin letters, and the Cyrillic, Greek, Armenian or phonetic letters of their shape."""

_FULL_WIDTH_OFFSET = 0xFEE0
_RADICALS = range(0x2F00, 0x2FD6)
_COMPATIBILITY = range(0xF900, 0xFA6E)
_TABLE = "similar_characters.txt"


def homoglyphs(character: str) -> str:
    """Other code points of the same shape, the most alike first; empty where none is known."""
    return _homoglyphs().get(character, "")


def similar_characters(character: str) -> str:
    """Up to four Chinese characters that look like this one, the likeliest first."""
    return _similar().get(character, "")


@lru_cache(maxsize=1)
def _homoglyphs() -> dict[str, str]:
    """Of Latin letters, digits and Chinese characters."""
    table = dict(_CYRILLIC_AND_GREEK)
    for code in (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)):
        table[chr(code)] = table.get(chr(code), "") + chr(code + _FULL_WIDTH_OFFSET)
    for code in (*_RADICALS, *_COMPATIBILITY):
        plain = unicodedata.normalize("NFKC", chr(code))
        if plain != chr(code):
            table[plain] = table.get(plain, "") + chr(code)
    return table


@lru_cache(maxsize=1)
def _similar() -> dict[str, str]:
    """The entries of the table beside this module."""
    text = files("yanmo.corpus.augmentation").joinpath(_TABLE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {entry[0]: entry[1:] for line in lines for entry in line.split()}
