"""Full-width and half-width forms.

Comes in: text. Goes out: the same text with letters, digits and ASCII symbols half-width and kana
full-width. Chinese punctuation is full-width by right and stays; NFKC would change it.
"""

from __future__ import annotations

import re
import unicodedata

_CHINESE_MARKS = "！（），．：；？［］｛｝～"
_FULL_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F) if chr(code) not in _CHINESE_MARKS]
_TO_HALF = str.maketrans({character: chr(ord(character) - 0xFEE0) for character in _FULL_WIDTH})
_IN_NUMBER = re.compile("(?<=[0-9])[．：](?=[0-9])")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
_FULL_WIDTH_SOUND_MARKS = str.maketrans({"\u3099": "\u309b", "\u309a": "\u309c"})

WIDTH_CHARACTERS = frozenset([*_FULL_WIDTH, "．", "：", *map(chr, range(0xFF61, 0xFFA0))])
"""The characters that `fold_width` may change."""


def fold_width(text: str) -> str:
    """`text` with half-width letters, digits and symbols, and full-width kana.

    A full stop or a colon between digits is narrowed too (`１２：３０`); all other Chinese
    punctuation and the ideographic space stay.
    """
    if text.isascii():
        return text
    text = _IN_NUMBER.sub(_narrow, text.translate(_TO_HALF))
    if _HALF_WIDTH_KANA.search(text):
        text = unicodedata.normalize("NFC", _HALF_WIDTH_KANA.sub(_widen, text))
    return text


def _narrow(match: re.Match[str]) -> str:
    return chr(ord(match.group()) - 0xFEE0)


def _widen(match: re.Match[str]) -> str:
    """Half-width kana as full-width; a sound mark joins the kana before it where it can."""
    return unicodedata.normalize("NFKC", match.group()).translate(_FULL_WIDTH_SOUND_MARKS)
