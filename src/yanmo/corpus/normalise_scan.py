"""A first look at texts: which of them cleaning could change.

Comes in: the bytes of a column. Goes out: a mark for each text that `normalise.clean` or
`normalise.repair_mojibake` must look at. A text that is not marked is sure to stay as it is; a
marked one may stay as it is too. So most texts never become Python strings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.utf8 import character_at

# The bytes of UTF-8 that matter here.
_LINE_FEED, _TAB, _SPACE = 0x0A, 0x09, 0x20
_MAX_LINE_FEEDS = 3


@kernel
def _is_surely_composed(point: int) -> bool:
    """Whether a character beyond ASCII is sure to stay as it is under NFC, whatever its neighbours.

    The blocks named here hold no combining mark and no singleton; other characters may do so too.
    """
    return (
        (0xA0 <= point < 0x300)
        or (0x400 <= point < 0x483)
        or (0x2010 <= point < 0x2060 and point != 0x202A)
        or (0x2190 <= point < 0x2329)
        or (0x2400 <= point < 0x2ADC)
        or (0x3001 <= point < 0x302A)
        or (0x3041 <= point < 0x3099)
        or (0x309B <= point < 0x3100)
        or (0x3400 <= point < 0xA000)
        or (0xFF01 <= point < 0xFFE7)
        or (0x20000 <= point < 0x2A6E0)
        or (0x1F300 <= point < 0x1FAFF)
    )


@kernel
def _is_plain_ascii(byte: int) -> bool:
    """Whether an ASCII character is one that cleaning leaves alone."""
    return byte >= _SPACE and byte != 0x7F


@kernel
def _needs_cleaning(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether `clean` could change the text in these bytes."""
    if start == end:
        return False
    if data[start] == _LINE_FEED or data[end - 1] == _LINE_FEED:
        return True
    at = start
    is_after_blank = False
    num_line_feeds = 0
    while at < end:
        byte = int(data[at])
        if byte == _LINE_FEED:
            num_line_feeds += 1
            if is_after_blank or num_line_feeds > _MAX_LINE_FEEDS:
                return True
            at += 1
            continue
        num_line_feeds = 0
        is_after_blank = byte in (_SPACE, _TAB)
        if byte < 0x80:
            if not (_is_plain_ascii(byte) or byte == _TAB):
                return True
            at += 1
            continue
        point, width = character_at(data, at)
        is_after_blank = point == 0x3000
        if not (is_after_blank or (point < 0xA0) or _is_surely_composed(point)):
            return True
        at += width
    return is_after_blank


@kernel
def _is_suspicious(point: int) -> bool:
    """Whether a character can be half of mojibake.

    An accented letter, a Greek or Cyrillic one, or a symbol that an old code page has above 127;
    the usual quotation marks, dashes and dots need such a character beside them.
    """
    if point < 0x80:
        return False
    if point < 0x800:
        return True
    if 0x2013 <= point <= 0x203A:
        return point == 0x2020 or point == 0x2021 or point == 0x2030
    return (
        0x2000 <= point < 0x2600 or point == 0xF8FF or point == 0xFFFD or 0xFB01 <= point <= 0xFB02
    )


@kernel
def _is_bad_alone(point: int) -> bool:
    """Whether a character makes mojibake without another one beyond ASCII beside it."""
    is_control = 0x80 <= point <= 0x9F
    return is_control or point == 0xC2 or point == 0xC3 or point == 0x152 or point == 0x153


@kernel
def _may_be_mojibake(data: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether ftfy could find fault with the text in these bytes."""
    at = start
    previous = 0
    while at < end:
        byte = int(data[at])
        if byte < 0x80:
            previous = byte
            at += 1
            continue
        point, width = character_at(data, at)
        if _is_bad_alone(point):
            return True
        if previous >= 0x80 and (_is_suspicious(point) or _is_suspicious(previous)):
            return True
        previous = point
        at += width
    return False


@kernel
def mark_unclean(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], marks: NDArray[np.bool_]
) -> None:
    """Set `marks[i]` where `clean` could change text `i`."""
    for i in range(len(offsets) - 1):
        marks[i] = _needs_cleaning(data, offsets[i], offsets[i + 1])


@kernel
def mark_mojibake(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], marks: NDArray[np.bool_]
) -> None:
    """Set `marks[i]` where `repair_mojibake` could change text `i`."""
    for i in range(len(offsets) - 1):
        marks[i] = _may_be_mojibake(data, offsets[i], offsets[i + 1])
