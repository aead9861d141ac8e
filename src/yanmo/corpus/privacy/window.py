"""A candidate with the text around it.

Comes in: bytes and a span in them. Goes out: the span as text in which full-width characters are
folded one to one, so that places in it are places in the text. Knows nothing of what is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BYTES_BEFORE = 96
_BYTES_AFTER = 48

_FOLDED = {0xFF01 + i: 0x21 + i for i in range(94)}
_FOLDED.update(dict.fromkeys((0xA0, 0x3000, 0x2009, 0x202F), 0x20))
_FOLDED.update(dict.fromkeys((*range(0x2010, 0x2016), 0x2212), 0x2D))

_LAST_CHUNK = re.compile(r"\S{1,96}\Z", re.A)
_WORD_BEFORE = re.compile(r"[A-Za-z0-9_.]\Z", re.A)
_WORD_AFTER = re.compile(r"[A-Za-z0-9_]|\.[A-Za-z0-9]", re.A)


class Item(NamedTuple):
    """Something private: its type and its place in the bytes of the batch."""

    type: str
    start: int
    stop: int


class Window(NamedTuple):
    """A span of a text, and what stands around it; all folded.

    Args:
        before: the end of what stands before it, at most some ninety bytes.
        text: the span and the beginning of what follows it.
        length: the characters of `text` that are the span.
        start: the first byte of the span in the bytes of the batch.
        original: as `text`, not folded.
    """

    before: str
    text: str
    length: int
    start: int
    original: str

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches that begin inside the span; what follows it may be cut off."""
        for match in pattern.finditer(self.text):
            if match.start() >= self.length:
                return
            yield match

    def item(self, type_name: str, start: int, stop: int) -> Item:
        """An item from character `start` to before character `stop` of `text`."""
        if self.original.isascii():
            return Item(type_name, self.start + start, self.start + stop)
        first = self.start + len(self.original[:start].encode())
        return Item(type_name, first, first + len(self.original[start:stop].encode()))

    def before_character(self, place: int) -> str:
        """What stands before character `place` of `text`, some ninety characters of it."""
        if place >= _BYTES_BEFORE:
            return self.text[place - _BYTES_BEFORE : place]
        return self.before[place - _BYTES_BEFORE :] + self.text[:place]

    def stands_alone(self, start: int, stop: int) -> bool:
        """Whether no Latin letter, digit, underscore or decimal point touches these characters."""
        before = self.text[start - 1] if start else self.before[-1:]
        is_free = _WORD_BEFORE.match(before) is None
        return is_free and _WORD_AFTER.match(self.text, stop) is None

    def is_in_url(self, place: int) -> bool:
        """Whether character `place` of `text` is part of an address of the web or of a path."""
        chunk = _LAST_CHUNK.search(self.before_character(place))
        if chunk is None:
            return False
        url = chunk.group()
        return "://" in url or "www." in url or (url[-1] in "/&#=" and "/" in url)


def cut_window(data: NDArray[np.uint8], begin: int, end: int, start: int, stop: int) -> Window:
    """The span from byte `start` to before `stop` of the text from `begin` to `end`."""
    before = data[max(begin, start - _BYTES_BEFORE) : start].tobytes().decode("utf-8", "ignore")
    span = data[start:stop].tobytes().decode("utf-8", "ignore")
    after = data[stop : min(end, stop + _BYTES_AFTER)].tobytes().decode("utf-8", "ignore")
    original = span + after
    return Window(
        before.translate(_FOLDED), original.translate(_FOLDED), len(span), start, original
    )
