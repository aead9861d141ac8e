"""Words or characters to token ids, each token knowing the one word that it is of.

In: the words of a sentence as a data set cuts them. Out: ids and, for each, its word. Where a
tokenizer would join parts of two words into one token, these words are encoded alone, so that every
word can carry a tag of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.tokens.text_codec import TextCodec

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WordTokens:
    """The tokens of a sentence.

    Attributes:
        ids: of the tokens.
        words: the place of the word that each token is of; -1 for a token of spaces alone.
        spans: characters of the joined sentence that each token stands for, from, to; those of the
            word where it was encoded alone.
    """

    ids: list[int]
    words: list[int]
    spans: list[Span]


class WordEncoder:
    """Encodes sentences; remembers words that it has encoded alone.

    Args:
        codec: the tokenizer.
    """

    def __init__(self, codec: TextCodec) -> None:
        self._codec = codec
        self._alone: dict[str, list[int]] = {}

    def encode(self, words: Sequence[str], joiner: str) -> WordTokens:
        """The tokens of `words`, which `joiner` stands between in a text."""
        spans = _spans_of(words, joiner)
        made = WordTokens([], [], [])
        if not joiner:
            for place in range(len(words)):
                self._add_alone(made, words, spans, place)
            return made
        ids, offsets = self._codec.encode_with_offsets(joiner.join(words))
        owners = _owners(spans, offsets)
        has_crossing = {
            place for first, last in owners if last > first >= 0 for place in range(first, last + 1)
        }
        added: set[int] = set()
        for token_id, offset, (first, last) in zip(ids, offsets, owners, strict=True):
            places = range(first, last + 1) if first >= 0 else ()
            if not has_crossing.isdisjoint(places):
                for place in places:
                    if place not in added:
                        self._add_alone(made, words, spans, place)
                        added.add(place)
            else:
                made.ids.append(token_id)
                made.words.append(first)
                made.spans.append(offset)
        return made

    def _add_alone(
        self, made: WordTokens, words: Sequence[str], spans: Sequence[Span], place: int
    ) -> None:
        word = words[place]
        ids = self._alone.get(word)
        if ids is None:
            ids = self._alone[word] = self._codec.encode(word)
        made.ids.extend(ids)
        made.words.extend([place] * len(ids))
        made.spans.extend([spans[place]] * len(ids))


def _spans_of(words: Sequence[str], joiner: str) -> list[Span]:
    spans = []
    start = 0
    for word in words:
        spans.append((start, start + len(word)))
        start += len(word) + len(joiner)
    return spans


def _owners(spans: Sequence[Span], offsets: Sequence[Span]) -> list[Span]:
    """The first and the last word that each token stands for a part of; (-1, -1) for none. Both
    lists are in the order of the text."""
    owners = []
    place = 0
    for start, end in offsets:
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        first, last = place, place - 1
        while last + 1 < len(spans) and spans[last + 1][0] < end:
            last += 1
        owners.append((first, last) if last >= first else (-1, -1))
    return owners
