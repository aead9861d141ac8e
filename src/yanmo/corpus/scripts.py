"""Which scripts a text is written in, and the languages that a script gives away.

Comes in: text. Goes out: letters counted by script, and `zh`, `ja` or `ko` where the script decides
it. Languages that share a script are not told apart here.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SCRIPTS = ("Latin", "Han", "Kana", "Hangul", "Cyrillic", "Arabic", "Other")
"""The scripts that are counted; letters of all remaining scripts are `Other`."""

NUM_CODE_POINTS = sys.maxunicode + 1
"""The length of a table with an entry for every code point."""

RADICALS = (0x2E80, 0x2FDF)
"""Parts of Chinese characters, from the first to the last code point."""

HAN_RANGES = (
    (0x3005, 0x3007),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
"""Chinese characters: the iteration mark and the zero, the blocks, their extensions."""

KANA_RANGES = ((0x3040, 0x30FF), (0x31F0, 0x31FF))
HALF_WIDTH_KANA = (0xFF66, 0xFF9F)
OLD_KANA = (0x1AFF0, 0x1B16F)

SPACELESS_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
)
"""Scripts other than Han and kana that are written without spaces between words."""

_RANGES = (
    ("Latin", 0x41, 0x2AF),
    ("Latin", 0x1E00, 0x1EFF),
    ("Latin", 0x2C60, 0x2C7F),
    ("Latin", 0xA720, 0xA7FF),
    ("Latin", 0xFF21, 0xFF5A),
    *(("Han", first, last) for first, last in (RADICALS, *HAN_RANGES)),
    *(("Kana", first, last) for first, last in (*KANA_RANGES, HALF_WIDTH_KANA, OLD_KANA)),
    ("Hangul", 0x1100, 0x11FF),
    ("Hangul", 0x3130, 0x318F),
    ("Hangul", 0xA960, 0xA97F),
    ("Hangul", 0xAC00, 0xD7FF),
    ("Cyrillic", 0x400, 0x52F),
    ("Cyrillic", 0x1C80, 0x1C8F),
    ("Cyrillic", 0x2DE0, 0x2DFF),
    ("Cyrillic", 0xA640, 0xA69F),
    ("Arabic", 0x600, 0x6FF),
    ("Arabic", 0x750, 0x77F),
    ("Arabic", 0x8A0, 0x8FF),
    ("Arabic", 0xFB50, 0xFDFF),
    ("Arabic", 0xFE70, 0xFEFF),
)
"""Blocks of code points: script, first, last."""

_MIN_EAST_ASIAN_FRAC = 0.3  # a Han character carries about as much as a short Latin word
_MIN_KANA_FRAC = 0.05  # Japanese prose is about half kana; Chinese quotes a few at most


_ASSIGNED = (range(0x40000), range(0xE0000, 0xF0000))
"""The planes in which Unicode has characters; 4 to 13 are empty and 15 and 16 are private."""


def regex_class(ranges: Iterable[tuple[int, int]]) -> str:
    """The characters of these ranges, as they stand between the square brackets of a pattern."""
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@lru_cache(maxsize=1)
def major_category() -> NDArray[np.uint8]:
    """For every code point the first letter of its general category, as a byte."""
    table = np.full(NUM_CODE_POINTS, ord("C"), dtype=np.uint8)
    for points in _ASSIGNED:
        categories = "".join(map(unicodedata.category, map(chr, points))).encode("ascii")
        table[points.start : points.stop] = np.frombuffer(categories, dtype=np.uint8)[::2]
    return table


@lru_cache(maxsize=1)
def script_of_code_point() -> NDArray[np.uint8]:
    """For every code point 0 where it is no letter, else 1 + its index in `SCRIPTS`."""
    is_letter = major_category() == ord("L")
    table = np.where(is_letter, np.uint8(len(SCRIPTS)), np.uint8(0))
    for name, first, last in _RANGES:
        part = slice(first, last + 1)
        table[part] = np.where(is_letter[part], np.uint8(1 + SCRIPTS.index(name)), table[part])
    return table


def count_scripts(text: str) -> NDArray[np.int64]:
    """The number of letters of each script, in the order of `SCRIPTS`."""
    code_points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    scripts = script_of_code_point()[code_points]
    return np.bincount(scripts, minlength=len(SCRIPTS) + 1)[1:].astype(np.int64)


def language_by_script(counts: NDArray[np.int64]) -> str | None:
    """`zh`, `ja` or `ko` where the letters counted say so, else None.

    Args:
        counts: what `count_scripts` gave.
    """
    by_script = dict(zip(SCRIPTS, counts.tolist(), strict=True))
    han, kana, hangul = by_script["Han"], by_script["Kana"], by_script["Hangul"]
    east_asian = han + kana + hangul
    if east_asian == 0 or east_asian < _MIN_EAST_ASIAN_FRAC * sum(by_script.values()):
        return None
    if hangul > han + kana:
        return "ko"
    return "ja" if kana >= _MIN_KANA_FRAC * east_asian else "zh"
