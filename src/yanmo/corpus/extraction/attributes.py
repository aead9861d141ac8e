"""The attributes of one tag.

Comes in: the bytes of a page, behind a tag's name. Goes out: which word groups its class, id, role
and itemprop name, whether it is hidden, whether it links somewhere; and where the tag ends. Every
byte is looked at a bounded number of times, also where quotes are never closed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.memory import (
    A_HIDDEN,
    A_LANG_END,
    A_LANG_START,
    A_LINK,
    A_WORDS,
    NO_APOSTROPHE,
    NO_QUOTE,
    PageMemory,
)
from yanmo.corpus.extraction.tags import find_slot, hash_byte, hash_of
from yanmo.corpus.kernel import lean_kernel

_CLASS = hash_of("class")
_ID = hash_of("id")
_ROLE = hash_of("role")
_ITEMPROP = hash_of("itemprop")
_STYLE = hash_of("style")
_HIDDEN = hash_of("hidden")
_ARIA_HIDDEN = hash_of("aria-hidden")
_HREF = hash_of("href")
_LANG = hash_of("lang")
_HASH_START = hash_of("")
_DISPLAY_NONE = np.frombuffer(b"display:none", np.uint8).copy()
_TRUE = np.frombuffer(b"true", np.uint8).copy()


@lean_kernel
def is_space(byte: int) -> bool:
    """White space as HTML has it."""
    return byte == 32 or byte == 10 or byte == 9 or byte == 13 or byte == 12


@lean_kernel
def _lower(byte: int) -> int:
    """An ASCII letter in lower case; any other byte as it is."""
    return byte + 32 if 65 <= byte <= 90 else byte


@lean_kernel
def _collect_words(page: PageMemory, start: int, end: int) -> int:
    """The bits of the word groups named in a value.

    Words end at bytes that are no letters, and before a capital that follows a small letter. A
    whole class name also counts without its separators: `article-body` is `articlebody` too.
    """
    bits = 0
    value = _HASH_START
    whole = _HASH_START
    was_small = False
    length = 0
    for at in range(start, end + 1):
        byte = page.data[at] if at < end else 32
        is_capital = 65 <= byte <= 90
        is_letter = is_capital or 97 <= byte <= 122
        if length and (not is_letter or (is_capital and was_small)):
            group = find_slot(page.word_slots, value)
            if group:
                bits |= 1 << group
            value = _HASH_START
            length = 0
        if is_letter:
            value = hash_byte(value, _lower(byte))
            whole = hash_byte(whole, _lower(byte))
            length += 1
        elif is_space(byte):
            group = find_slot(page.word_slots, whole)
            if group:
                bits |= 1 << group
            whole = _HASH_START
        was_small = is_letter and not is_capital
    return bits


@lean_kernel
def _contains(data: NDArray[np.uint8], start: int, end: int, wanted: NDArray[np.uint8]) -> bool:
    """Whether a value holds `wanted` (lower case), not looking at white space."""
    matched = 0
    for at in range(start, end):
        byte = _lower(data[at])
        if is_space(byte):
            continue
        if byte == wanted[matched]:
            matched += 1
            if matched == len(wanted):
                return True
        else:
            matched = 1 if byte == wanted[0] else 0
    return False


@lean_kernel
def _note_attribute(page: PageMemory, name: int, start: int, end: int) -> None:
    """Remember what one attribute says; its name comes as a hash."""
    found = page.attributes
    if name in (_CLASS, _ID, _ROLE, _ITEMPROP):
        found[A_WORDS] |= _collect_words(page, start, end)
    elif name == _STYLE:
        if _contains(page.data, start, end, _DISPLAY_NONE):
            found[A_HIDDEN] = 1
    elif name == _HIDDEN:
        found[A_HIDDEN] = 1
    elif name == _ARIA_HIDDEN:
        if _contains(page.data, start, end, _TRUE):
            found[A_HIDDEN] = 1
    elif name == _HREF:
        found[A_LINK] = 1
    elif name == _LANG:
        found[A_LANG_START] = start
        found[A_LANG_END] = end


@lean_kernel
def find_quote(page: PageMemory, at: int, quote: int) -> int:
    """Where the quote stands that ends a value; -1 where none follows.

    That none follows is remembered, so that a page of open quotes is not searched again and again.
    """
    place = NO_QUOTE if quote == 34 else NO_APOSTROPHE
    if page.state[place]:
        return -1
    data = page.data
    end = len(data)
    while at < end and data[at] != quote:
        at += 1
    if at < end:
        return at
    page.state[place] = 1
    return -1


@lean_kernel
def _value_range(page: PageMemory, at: int) -> tuple[int, int, int]:
    """The value behind an equals sign: its first byte, its end, and where reading goes on."""
    data = page.data
    end = len(data)
    while at < end and is_space(data[at]):
        at += 1
    if at < end and (data[at] == 34 or data[at] == 39):
        close = find_quote(page, at + 1, data[at])
        if close >= 0:
            return at + 1, close, close + 1
    start = at
    while at < end and not is_space(data[at]) and data[at] != 62:
        at += 1
    return start, at, at


@lean_kernel
def read_attributes(page: PageMemory, at: int) -> int:
    """Read attributes up to the end of the tag. Returns the byte after `>`.

    What they say is left in `page.attributes`.
    """
    data = page.data
    end = len(data)
    page.attributes[:] = 0
    while at < end:
        byte = data[at]
        if byte == 62:
            return at + 1
        if is_space(byte) or byte == 47:
            at += 1
            continue
        name = _HASH_START
        first = at
        while at < end:
            byte = data[at]
            if is_space(byte) or byte == 62 or byte == 47 or (byte == 61 and at > first):
                break
            name = hash_byte(name, _lower(byte))
            at += 1
        while at < end and is_space(data[at]):
            at += 1
        if at < end and data[at] == 61:
            start, stop, at = _value_range(page, at + 1)
            _note_attribute(page, name, start, stop)
        else:
            _note_attribute(page, name, at, at)
    return end
