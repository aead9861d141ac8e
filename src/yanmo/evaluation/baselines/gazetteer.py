"""Entities by a list of those seen in training: the longest match, with its most frequent type.

In come tagged sentences, then sentences without tags; out come BIO tags. Finds no entity that it
has not seen, which shows how much of a test set is memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from yanmo.core.tag_spans import spans_of


class Gazetteer:
    """Entities of the training sentences.

    An entity that stands more often outside an entity of its type than as one is left out, so that
    a name that is a common word does no harm. Case does not count.

    Args:
        sentences: tokens of each training sentence.
        tags: their BIO tags.
    """

    def __init__(self, sentences: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> None:
        types: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for tokens, row in zip(sentences, tags, strict=True):
            for kind, start, stop in spans_of(row):
                types[_key(tokens[start:stop])][kind] += 1
        self._longest = max(map(len, types), default=0)
        seen = Counter(
            _key(tokens[start : start + size])
            for tokens in sentences
            for size in range(1, self._longest + 1)
            for start in range(len(tokens) - size + 1)
            if _key(tokens[start : start + size]) in types
        )
        self._types = {
            entity: counts.most_common(1)[0][0]
            for entity, counts in types.items()
            if 2 * counts.most_common(1)[0][1] > seen[entity]
        }

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """BIO tags: from left to right the longest entity that starts at a token."""
        tags = ["O"] * len(tokens)
        start = 0
        while start < len(tokens):
            for size in range(min(self._longest, len(tokens) - start), 0, -1):
                kind = self._types.get(_key(tokens[start : start + size]))
                if kind is not None:
                    tags[start : start + size] = [f"B-{kind}"] + [f"I-{kind}"] * (size - 1)
                    start += size - 1
                    break
            start += 1
        return tags


def _key(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(token.casefold() for token in tokens)
