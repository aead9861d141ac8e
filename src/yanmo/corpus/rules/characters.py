"""What every character is to the rules: one table over all code points.

Comes in: nothing. Goes out: an array of bit sets, indexed by code point, which kernels read.
Letters, digits and white space are what Python's `str` methods say; the remaining classes are
listed here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.scripts import (
    HALF_WIDTH_KANA,
    HAN_RANGES,
    KANA_RANGES,
    NUM_CODE_POINTS,
    OLD_KANA,
)

WORD = 1 << 0
"""A letter, digit or underscore: what the regular expression `\\w` matches."""
SPACE = 1 << 1
"""White space: what `\\s` matches and `str.strip` removes."""
ALPHA = 1 << 2
"""A letter, by `str.isalpha`."""
DIGIT = 1 << 3
"""A decimal digit of any script, by `\\d`."""
SYMBOL = 1 << 4
"""A character of which a word of symbols may consist (see `SYMBOL_RANGES`)."""
TERMINAL = 1 << 5
"""Punctuation that ends a sentence: Unicode's property Sentence_Terminal."""
LONE_WORD = 1 << 6
"""A Han or kana letter; each is a word of its own."""
HAN = 1 << 7
"""A Chinese character."""
LINE_BREAK = 1 << 8
"""What `str.splitlines` splits at."""
PAUSE = 1 << 9
"""Punctuation that gives Chinese prose its rhythm: full stops, commas and their kin."""
MODERN = 1 << 10
"""A function character of modern Chinese that classical Chinese does not use as such."""
CLASSICAL = 1 << 11
"""A function character of classical Chinese."""
FUNCTION = 1 << 12
"""A function character of any time; prose without them is no prose."""
RARE_HAN = 1 << 13
"""A Chinese character outside GB 2312 and outside the frequent part of Big5."""
BROKEN = 1 << 14
"""Never part of good text: U+FFFD, controls, private use, characters that are not assigned."""
LATIN_1 = 1 << 15
"""A letter or sign of the upper half of Latin-1, U+00A1 to U+00FF."""
UTF8_LEAD = 1 << 16
"""What the first byte of UTF-8 looks like when it is read as Latin-1."""
UTF8_TAIL = 1 << 17
"""What a further byte of UTF-8 looks like when it is read as Latin-1 or Windows-1252."""
HALF_WIDTH = 1 << 18
"""ASCII punctuation that has a full-width counterpart."""
FULL_WIDTH = 1 << 19
"""The full-width counterpart, and the ideographic full stop and comma."""
BULLET = 1 << 20
"""A sign that begins an item of a list."""
CLOSING = 1 << 21
"""May stand between the end of a sentence and the end of its line: quotes and brackets."""

SYMBOL_RANGES = (
    (0x00, 0x08), (0x0B, 0x1F), (0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x9F),
    (0xAB, 0xAB), (0xB4, 0xB4), (0xBB, 0xBB), (0x2013, 0x2014), (0x2019, 0x2019),
    (0x201C, 0x201E), (0x2026, 0x2026), (0x2236, 0x2236), (0x2501, 0x2501), (0x25BA, 0x25BA),
    (0x3001, 0x3002), (0x3008, 0x300D), (0x3010, 0x3011), (0xFF01, 0xFF01), (0xFF05, 0xFF05),
    (0xFF08, 0xFF09), (0xFF0C, 0xFF0C), (0xFF0E, 0xFF0E), (0xFF11, 0xFF11), (0xFF1A, 0xFF1B),
    (0xFF1F, 0xFF1F), (0xFF5E, 0xFF5E),
)  # fmt: skip
"""The punctuation that datatrove's Gopher rules do not count as words; `TERMINAL_RANGES` come on
top. U+FF11, a digit, stands in datatrove's list and so in this one."""

TERMINAL_RANGES = (
    (0x21, 0x21), (0x2E, 0x2E), (0x3F, 0x3F), (0x589, 0x589), (0x61D, 0x61F), (0x6D4, 0x6D4),
    (0x700, 0x702), (0x7F9, 0x7F9), (0x837, 0x837), (0x839, 0x839), (0x83D, 0x83E),
    (0x964, 0x965), (0x104A, 0x104B), (0x1362, 0x1362), (0x1367, 0x1368), (0x166E, 0x166E),
    (0x1735, 0x1736), (0x17D4, 0x17D6), (0x17D9, 0x17DA), (0x1803, 0x1803), (0x1809, 0x1809),
    (0x1944, 0x1945), (0x1AA8, 0x1AAB), (0x1B5A, 0x1B5B), (0x1B5E, 0x1B5F), (0x1B7D, 0x1B7E),
    (0x1C3B, 0x1C3C), (0x1C7E, 0x1C7F), (0x203C, 0x203D), (0x2047, 0x2049), (0x2E2E, 0x2E2E),
    (0x2E3C, 0x2E3C), (0x2E53, 0x2E54), (0x3002, 0x3002), (0xA4FF, 0xA4FF), (0xA60E, 0xA60F),
    (0xA6F3, 0xA6F3), (0xA6F7, 0xA6F7), (0xA876, 0xA877), (0xA8CE, 0xA8CF), (0xA92F, 0xA92F),
    (0xA9C8, 0xA9C9), (0xAA5D, 0xAA5F), (0xAAF0, 0xAAF1), (0xABEB, 0xABEB), (0xFE52, 0xFE52),
    (0xFE56, 0xFE57), (0xFF01, 0xFF01), (0xFF0E, 0xFF0E), (0xFF1F, 0xFF1F), (0xFF61, 0xFF61),
    (0x10A56, 0x10A57), (0x10F55, 0x10F59), (0x10F86, 0x10F89), (0x11047, 0x11048),
    (0x110BE, 0x110C1), (0x11141, 0x11143), (0x111C5, 0x111C6), (0x111CD, 0x111CD),
    (0x111DE, 0x111DF), (0x11238, 0x11239), (0x1123B, 0x1123C), (0x112A9, 0x112A9),
    (0x1144B, 0x1144C), (0x115C2, 0x115C3), (0x115C9, 0x115D7), (0x11641, 0x11642),
    (0x1173C, 0x1173E), (0x11944, 0x11944), (0x11946, 0x11946), (0x11A42, 0x11A43),
    (0x11A9B, 0x11A9C), (0x11C41, 0x11C42), (0x11EF7, 0x11EF8), (0x11F43, 0x11F44),
    (0x16A6E, 0x16A6F), (0x16AF5, 0x16AF5), (0x16B37, 0x16B38), (0x16B44, 0x16B44),
    (0x16E98, 0x16E98), (0x1BC9F, 0x1BC9F), (0x1DA88, 0x1DA88),
)  # fmt: skip
"""Unicode's Sentence_Terminal, as datatrove's FineWeb rule lists it."""

LONE_RANGES = (*HAN_RANGES, *KANA_RANGES, HALF_WIDTH_KANA, OLD_KANA)
"""The letters that are words of their own."""

_LISTS = {
    LINE_BREAK: "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029",
    PAUSE: "。！？；，、：．,.!?;:…",
    MODERN: "的了着们这那吗呢吧啊把被",
    CLASSICAL: "之乎者也矣焉哉兮曰耳",
    FUNCTION: "的了着们这那吗呢吧啊把被之乎者也矣焉哉兮曰耳是在不有和与就都而以于为其此所则何无"
    "乃若及或一人我你他她它上下中大小来去到说要会能可对从让给但因如果还很自等后前里出得地过",
    HALF_WIDTH: ",!?;:()",
    FULL_WIDTH: "，！？；：（）。、",
    BULLET: "•‣▪▫◦●○■□◆◇★☆※►▶▸·∙-–—*+",
    CLOSING: "\"'”’」』）)】》〉]}»",
}
_WINDOWS_1252_TAIL = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_LAST_LETTER = 0x40000  # no letter, digit or white space lies above


@lru_cache(maxsize=1)
def character_classes() -> NDArray[np.uint32]:
    """The classes of every code point, as a bit set: (0x110000,) uint32."""
    table = np.zeros(NUM_CODE_POINTS, np.uint32)
    for flag, is_in in (
        (WORD, lambda c: c.isalnum() or c == "_"),
        (SPACE, str.isspace),
        (ALPHA, str.isalpha),
        (DIGIT, str.isdecimal),
    ):
        found = np.fromiter((is_in(chr(i)) for i in range(_LAST_LETTER)), np.bool_)
        table[:_LAST_LETTER] |= np.where(found, np.uint32(flag), np.uint32(0))
    for flag, characters in _LISTS.items():
        table[[ord(character) for character in characters]] |= flag
    for flag, ranges in (
        (SYMBOL, SYMBOL_RANGES + TERMINAL_RANGES),
        (TERMINAL, TERMINAL_RANGES),
        (LONE_WORD, LONE_RANGES),
        (HAN, HAN_RANGES),
        (BROKEN, ((0, 8), (0xE, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xE000, 0xF8FF))),
        (BROKEN, ((0xFFFD, 0xFFFF), (0xF0000, 0x10FFFF))),
        (LATIN_1, ((0xA1, 0xFF),)),
        (UTF8_LEAD, ((0xC2, 0xF4),)),
        (UTF8_TAIL, ((0x80, 0xBF),)),
    ):
        for first, last in ranges:
            table[first : last + 1] |= flag
    table[[ord(character) for character in _WINDOWS_1252_TAIL]] |= UTF8_TAIL
    is_letter = (table & WORD) != 0
    table[~is_letter] &= ~np.uint32(LONE_WORD | HAN)
    table[_rare_han(table)] |= RARE_HAN
    return table


def _rare_han(table: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The code points of Chinese characters that neither GB 2312 nor the frequent part of Big5 has.

    Big5 puts its 5,401 frequent characters before lead byte C9 (hexadecimal).
    """
    frequent = {
        bytes((lead, trail)).decode(codec, "ignore")
        for codec, leads in (("gb2312", range(0xB0, 0xF8)), ("big5", range(0xA4, 0xC7)))
        for lead in leads
        for trail in range(0x40, 0xFF)
    }
    known = np.zeros(NUM_CODE_POINTS, np.bool_)
    known[[ord(character) for character in frequent if len(character) == 1]] = True
    known[[ord(character) for character in "〇々"]] = True
    return np.flatnonzero(((table & HAN) != 0) & ~known)
