"""Entities by a list of those seen in training: the longest match, with its most frequent type.

In come tagged sentences, then sentences without tags; out come BIO tags. Finds no entity that it
has not seen, which shows how much of a test set is memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from yanmo.core.tag_spans import spans_of

Tokens = tuple[str, ...]


class Gazetteer:
    """Entities of the training sentences.

    An entity that stands more often outside an entity of its type than as one is left out, so that
    a name that is a common word does no harm. Case does not count.

    Args:
        sentences: tokens of each training sentence.
        tags: their BIO tags.
    """

    def __init__(self, sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> None:
        folded = [_folded(tokens) for tokens in sentences]
        types: dict[Tokens, Counter[str]] = defaultdict(Counter)
        for tokens, row in zip(folded, tags, strict=True):
            for kind, start, stop in spans_of(row):
                types[tokens[start:stop]][kind] += 1
        # The lengths of the entities that begin with a token, longest first.
        sizes: dict[str, set[int]] = defaultdict(set)
        for entity in types:
            sizes[entity[0]].add(len(entity))
        self._sizes = {token: sorted(found, reverse=True) for token, found in sizes.items()}
        seen = Counter(
            piece
            for tokens in folded
            for start in range(len(tokens))
            for piece in self._pieces(tokens, start)
            if piece in types
        )
        self._types = {
            entity: counts.most_common(1)[0][0]
            for entity, counts in types.items()
            if 2 * counts.most_common(1)[0][1] > seen[entity]
        }

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """BIO tags: from left to right the longest entity that starts at a token."""
        folded = _folded(tokens)
        tags = ["O"] * len(folded)
        start = 0
        while start < len(folded):
            found = next((p for p in self._pieces(folded, start) if p in self._types), None)
            size = 1
            if found is not None:
                kind, size = self._types[found], len(found)
                tags[start : start + size] = [f"B-{kind}"] + [f"I-{kind}"] * (size - 1)
            start += size
        return tags

    def _pieces(self, tokens: Tokens, start: int) -> Iterator[Tokens]:
        """What begins at `start` and is as long as some entity with that first token."""
        for size in self._sizes.get(tokens[start], ()):
            if start + size <= len(tokens):
                yield tokens[start : start + size]


def _folded(tokens: Sequence[str]) -> Tokens:
    return tuple(token.casefold() for token in tokens)
