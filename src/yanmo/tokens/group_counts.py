"""How many tokens each source, language and domain gave.

In: the groups of documents and the tokens of each. Out: counts for `tokens/report.json`. Splits are
not told apart here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

GROUPINGS = ("source", "language", "domain")
"""The columns of a document by which its tokens are counted."""

UNKNOWN = "unknown"
"""Stands for documents whose language or domain nobody knows."""


class GroupCounts:
    """Counts documents and tokens by source, language and domain."""

    def __init__(self) -> None:
        self._documents: dict[str, Counter[str]] = {name: Counter() for name in GROUPINGS}
        self._tokens: dict[str, Counter[str]] = {name: Counter() for name in GROUPINGS}

    def add(self, groups: Mapping[str, Sequence[str | None]], num_tokens: Iterable[int]) -> None:
        """Count documents.

        Args:
            groups: for some of `GROUPINGS`, the group of each document.
            num_tokens: the tokens of each document.
        """
        counts = list(num_tokens)
        for grouping, names in groups.items():
            documents, tokens = self._documents[grouping], self._tokens[grouping]
            for name, count in zip(names, counts, strict=True):
                documents[name or UNKNOWN] += 1
                tokens[name or UNKNOWN] += count

    def as_dict(self) -> dict[str, dict[str, dict[str, int]]]:
        """`documents` and `tokens` of each group of each grouping, the largest first."""
        return {
            grouping: {
                name: {"documents": self._documents[grouping][name], "tokens": count}
                for name, count in sorted(tokens.items(), key=lambda item: (-item[1], item[0]))
            }
            for grouping, tokens in self._tokens.items()
        }
