"""A few documents to show, the same ones whoever did the work.

Comes in: documents with their ids. Goes out: those with the smallest ids. An id is a hash of the
text, so the choice is as good as random, and it does not depend on the order of the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MAX_EXAMPLES = 5
EXAMPLE_CHARACTERS = 200


class Examples:
    """The documents with the smallest ids, each as a small JSON object with its `id`."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}

    def add(self, ids: pa.StringArray, describe: Callable[[int], dict[str, Any]]) -> None:
        """Look at a batch.

        Args:
            ids: the ids of its documents.
            describe: a row to what is shown of that document. Asked only for the rows needed.
        """
        if len(self._entries) >= MAX_EXAMPLES:
            last = max(self._entries)
            rows = pc.indices_nonzero(pc.less(ids, last)).to_pylist()
        else:
            rows = range(len(ids))
        candidates = sorted((ids[row].as_py(), row) for row in rows)
        chosen = 0
        for identity, row in candidates:
            if chosen == MAX_EXAMPLES:
                break
            if identity not in self._entries:
                self._entries[identity] = {"id": identity, **describe(row)}
                chosen += 1
        self._trim()

    def merge(self, other: Examples) -> None:
        """Take the smallest ids of both."""
        for identity, entry in other._entries.items():
            self._entries.setdefault(identity, entry)
        self._trim()

    def to_json(self) -> list[dict[str, Any]]:
        """The examples, smallest id first."""
        return [self._entries[identity] for identity in sorted(self._entries)]

    @classmethod
    def from_json(cls, value: Iterable[dict[str, Any]]) -> Examples:
        """What `to_json` gave."""
        examples = cls()
        examples._entries = {entry["id"]: entry for entry in value}
        return examples

    def _trim(self) -> None:
        for identity in sorted(self._entries)[MAX_EXAMPLES:]:
            del self._entries[identity]


def document_example(batch: pa.RecordBatch, row: int) -> dict[str, Any]:
    """Where a document is from, and its beginning."""
    text: str = batch["text"][row].as_py()
    return {
        "source": batch["source"][row].as_py(),
        "url": batch["url"][row].as_py(),
        "text": text[:EXAMPLE_CHARACTERS],
        "characters": len(text),
    }


def change_example(before: str, after: str) -> dict[str, Any]:
    """The surroundings of the first place where two texts differ, in each of them."""
    start = _common_beginning(before, after)
    start = max(0, start - EXAMPLE_CHARACTERS // 4)
    stop = start + EXAMPLE_CHARACTERS
    return {"at": start, "before": before[start:stop], "after": after[start:stop]}


def _common_beginning(one: str, other: str) -> int:
    """How many characters two texts share at their beginning, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
