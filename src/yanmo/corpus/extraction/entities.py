"""Character references: `&amp;`, `&#20013;`, `&#x4e2d;`.

Comes in: the bytes after an ampersand. Goes out: the character in UTF-8, and how many bytes of the
page it took. Names come from the standard library's table of HTML 5; a reference that means
nothing stays as it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.tags import hash_of
from yanmo.corpus.kernel import lean_kernel

_SLOTS = 8192
_MAX_NAME = 32
_MAX_CODE_POINT = 0x10FFFF
_REPLACEMENT = 0xFFFD
_CP1252 = (
    "\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd"
    "\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178"
)
"""What browsers show for the references 128 to 159."""


@dataclass(frozen=True)
class EntityTables:
    """Look-up arrays for `read_reference`.

    Args:
        slots: (8192, 4) int64: hash of the name without semicolon (plus one), two code points, and
            whether the semicolon may be missing. The hash is 0 where a slot is free.
        cp1252: (32,) int64, the characters of references 128 to 159.
    """

    slots: NDArray[np.int64]
    cp1252: NDArray[np.int64]


@lru_cache(maxsize=1)
def entity_tables() -> EntityTables:
    """The look-up arrays, made once."""
    slots = np.zeros((_SLOTS, 4), np.int64)
    seen: set[int] = set()
    for name, text in html5.items():
        if not name.endswith(";"):
            continue
        bare = name[:-1]
        value = hash_of(bare) + 1
        assert value not in seen, f"the hash of {name} is taken"
        seen.add(value)
        at = value & (_SLOTS - 1)
        while slots[at, 0]:
            at = (at + 1) & (_SLOTS - 1)
        codes = [ord(character) for character in text] + [0]
        slots[at] = value, codes[0], codes[1], bare in html5
    return EntityTables(slots, np.array([ord(character) for character in _CP1252], np.int64))


@lean_kernel
def _find_entity(slots: NDArray[np.int64], value: int) -> int:
    """The slot of a name's hash, or -1."""
    at = value & (_SLOTS - 1)
    while slots[at, 0] != 0:
        if slots[at, 0] == value:
            return at
        at = (at + 1) & (_SLOTS - 1)
    return -1


@lean_kernel
def _read_number(
    data: NDArray[np.uint8], at: int, cp1252: NDArray[np.int64], found: NDArray[np.int64]
) -> int:
    """Read what follows `&#`. Returns the byte after the reference, or -1."""
    end = len(data)
    is_hex = at < end and (data[at] | 32) == 120
    if is_hex:
        at += 1
    start = at
    code = 0
    while at < end:
        byte = data[at]
        if 48 <= byte <= 57:
            digit = byte - 48
        elif is_hex and 97 <= (byte | 32) <= 102:
            digit = (byte | 32) - 87
        else:
            break
        code = min(code * (16 if is_hex else 10) + digit, _MAX_CODE_POINT + 1)
        at += 1
    if at == start:
        return -1
    if at < end and data[at] == 59:
        at += 1
    if 128 <= code < 160:
        code = cp1252[code - 128]
    if code == 0 or code > _MAX_CODE_POINT or 0xD800 <= code < 0xE000:
        code = _REPLACEMENT
    found[0] = code
    found[1] = 0
    return at


@lean_kernel
def read_reference(
    data: NDArray[np.uint8],
    at: int,
    slots: NDArray[np.int64],
    cp1252: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Read the reference whose ampersand stands at `at`.

    Puts its one or two code points into `found` (0 where there is no second one). Returns the byte
    after the reference, or -1 where the ampersand is only an ampersand.
    """
    at += 1
    if at < len(data) and data[at] == 35:
        return _read_number(data, at + 1, cp1252, found)
    value = 2166136261
    best = -1
    best_end = -1
    limit = min(len(data), at + _MAX_NAME)
    while at < limit:
        byte = data[at]
        is_letter = 97 <= (byte | 32) <= 122
        if not (is_letter or 48 <= byte <= 57):
            break
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
        at += 1
        slot = _find_entity(slots, value + 1)
        if slot >= 0:
            has_semicolon = at < len(data) and data[at] == 59
            if has_semicolon or slots[slot, 3] != 0:
                best = slot
                best_end = at + 1 if has_semicolon else at
    if best < 0:
        return -1
    found[0] = slots[best, 1]
    found[1] = slots[best, 2]
    return best_end
