"""Which tokens begin a word, so that whole words can be hidden.

Comes in: the ids of a row, and a function that cuts Chinese text into words. Goes out: a mark at
every token before which a word may begin. A token that reaches over the border of two words joins
them, since it can only be hidden whole. Rows are remembered, since each comes again in every epoch.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.objectives.objective import Ids

MAX_REMEMBERED_ROWS = 200_000
"""Rows whose words are remembered, a few hundred bytes each."""

Segment = Callable[[str], Iterable[str]]
"""From Chinese text to its words, which joined are the text."""


class TokenWords:
    """Finds the words in rows of ids.

    Outside of Chinese a word is a run of letters, or of digits, with the space before it; any other
    character is a word. Where there is no segmenter, so is every Chinese character.

    Args:
        tokenizer: the one that made the ids.
        segment: cuts Chinese text into words.
    """

    def __init__(self, tokenizer: Tokenizer, segment: Segment | None = None) -> None:
        self._tokenizer = tokenizer
        self._segment = segment
        self._remembered: dict[bytes, npt.NDArray[np.uint8]] = {}

    def __call__(self, tokens: Ids) -> npt.NDArray[np.bool_]:
        """Whether each of `tokens` (T,) begins a word; a special token always does."""
        key = hashlib.blake2b(tokens.tobytes(), digest_size=16).digest()
        packed = self._remembered.get(key)
        if packed is None:
            if len(self._remembered) >= MAX_REMEMBERED_ROWS:
                self._remembered.clear()
            packed = self._remembered[key] = np.packbits(self._find(tokens.tolist()))
        return np.unpackbits(packed, count=len(tokens)).astype(np.bool_)

    def _find(self, ids: list[int]) -> npt.NDArray[np.bool_]:
        starts = np.zeros(len(ids), dtype=np.bool_)
        place = 0
        for is_special, group in groupby(ids, key=self._tokenizer.is_special):
            run = list(group)
            if is_special:
                starts[place : place + len(run)] = True
            else:
                starts[place : place + len(run)] = self._find_in_text(run)
            place += len(run)
        return starts

    def _find_in_text(self, ids: list[int]) -> list[bool]:
        pieces = [self._tokenizer.token_bytes(id) for id in ids]
        # A row may begin or end within a character: each stray byte then stands for itself.
        text = b"".join(pieces).decode("utf-8", errors="surrogateescape")
        borders = set()
        place = 0
        for word in split_words(text, self._segment):
            borders.add(place)
            place += len(word.encode("utf-8", errors="surrogateescape"))
        begins = []
        place = 0
        for piece in pieces:
            begins.append(place in borders)
            place += len(piece)
        return begins


def split_words(text: str, segment: Segment | None) -> list[str]:
    """The words of `text`; joined, they are the text."""
    words: list[str] = []
    for kind, group in groupby(text, key=_kind):
        run = "".join(group)
        if kind == "han" and segment is not None:
            cut = list(segment(run))
            assert "".join(cut) == run, "the segmenter changed the text"
            words += cut
        elif kind in ("letter", "digit"):
            if words and words[-1] == " ":
                run = words.pop() + run
            words.append(run)
        else:
            words += list(run)
    return words


@lru_cache(maxsize=100_000)
def _kind(character: str) -> str:
    if unicodedata.name(character, "").startswith(("CJK ", "IDEOGRAPHIC NUMBER ZERO")):
        return "han"
    if character.isalpha() or unicodedata.category(character)[0] == "M":
        return "letter"
    return "digit" if character.isdigit() else "other"
