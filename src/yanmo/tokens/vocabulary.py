"""The vocabulary of a tokenizer: searched, and each entry traced back to the merges that made it.

In: a tokenizer of any kind. Out: its entries that hold a text, and, for byte-pair encoding, the
tree of merges behind an entry (Sennrich et al. 2016, arXiv:1508.07909). Knows no file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.tokens.byte_level import bytes_of_entry
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import TextCodec
from yanmo.tokens.token_view import ShownToken, show_token
from yanmo.tokens.tokenizer import Tokenizer


@dataclass(frozen=True)
class Merge:
    """A piece on the way to an entry.

    Attributes:
        piece: its bytes or characters, readable.
        id: of the piece, where it is an entry.
        rank: which merge made it, counted from 0, the most frequent pair first; None for a piece
            that no merge made: a byte or a character.
        parts: the two pieces that were merged, or none.
    """

    piece: str
    id: int | None
    rank: int | None
    parts: tuple[Merge, ...] = ()


class Vocabulary:
    """All entries of a tokenizer.

    Args:
        codec: the tokenizer.
    """

    def __init__(self, codec: TextCodec) -> None:
        self._codec = codec
        self._entries = [show_token(codec, token_id) for token_id in range(codec.vocab_size)]
        self._lowered = [entry.spelling.lower() for entry in self._entries]
        definition: Mapping[str, Any] = {}
        if isinstance(codec, Tokenizer | OutsideTokenizer):
            definition = json.loads(codec.to_json())["model"]
        self.algorithm: str = str(definition.get("type") or "BPE" if definition else "Unigram")
        self._ids: Mapping[str, int] = {}
        self._ranks: dict[tuple[str, str], int] = {}
        if self.algorithm == "BPE":
            self._ids = definition["vocab"]
            self._ranks = {_pair(m): rank for rank, m in enumerate(definition["merges"])}
        self._spellings = {id: spelling for spelling, id in self._ids.items()}

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, wanted: str, *, only_special: bool = False) -> list[ShownToken]:
        """The entries that hold `wanted` in any case of letters; a number finds its id too. The
        entry that is the text itself comes first, then those with the id, then by length."""
        lowered = wanted.lower()
        found = [
            entry
            for entry, spelling in zip(self._entries, self._lowered, strict=True)
            if (lowered in spelling or (wanted.isdecimal() and entry.id == int(wanted)))
            and (entry.is_special or not only_special)
        ]
        if not wanted:
            return found
        is_number = wanted.isdecimal()

        def order(entry: ShownToken) -> tuple[bool, bool, int, int]:
            is_id = is_number and entry.id == int(wanted)
            is_same = entry.spelling.strip() == wanted.strip()
            return (not is_same, not is_id, len(entry.spelling), entry.id)

        return sorted(found, key=order)

    def entry(self, token_id: int) -> ShownToken:
        """One entry.

        Raises:
            DataError: the id is not in the vocabulary.
        """
        return show_token(self._codec, token_id)

    def merges_of(self, token_id: int) -> tuple[Merge, ...] | None:
        """How merging builds an entry from its smallest pieces: one tree where it ends in the
        entry itself, several where merging never gets there; None for a tokenizer that does not
        merge, and for control tokens."""
        spelling = self._spellings.get(token_id)
        if not self._ranks or spelling is None or self._codec.is_special(token_id):
            return None
        return merge(spelling, self._ranks, self._ids)


def merge(
    spelling: str, ranks: Mapping[tuple[str, str], int], ids: Mapping[str, int]
) -> tuple[Merge, ...]:
    """What byte-pair merging makes of a piece: the pair of the least rank first, from the left."""
    pieces = [(one, Merge(readable(one), ids.get(one), None)) for one in spelling]
    while len(pieces) > 1:
        pairs = [(pieces[at][0], pieces[at + 1][0]) for at in range(len(pieces) - 1)]
        best = min(range(len(pairs)), key=lambda at: (ranks.get(pairs[at], len(ranks)), at))
        rank = ranks.get(pairs[best])
        if rank is None:
            break
        left, right = pieces[best], pieces[best + 1]
        joined = left[0] + right[0]
        made = Merge(readable(joined), ids.get(joined), rank, (left[1], right[1]))
        pieces[best : best + 2] = [(joined, made)]
    return tuple(tree for _, tree in pieces)


def readable(piece: str) -> str:
    """A piece of the vocabulary as text; bytes that are no whole characters as `<E4><BD>`."""
    try:
        data = bytes_of_entry(piece)
    except KeyError:
        return piece
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"<{byte:02X}>" for byte in data)


def _pair(entry: str | Sequence[str]) -> tuple[str, str]:
    """A merge as older files (one text) and newer ones (two) write it."""
    left, right = entry.split(" ", 1) if isinstance(entry, str) else entry
    return left, right
