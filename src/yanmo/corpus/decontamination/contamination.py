"""Which test items a corpus holds.

Comes in: test items, handed over as text, and the documents of a corpus. Goes out: for each item
how much of it was found, so that an evaluation can tell clean items from dirty ones. Knows nothing
of tasks or models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.decontamination.config import DecontaminationConfig
from yanmo.corpus.decontamination.index import ItemIndex, build_index, count_passages
from yanmo.corpus.decontamination.items import EvaluationItem


@dataclass(frozen=True)
class SetContamination:
    """How much of one test set was found.

    Args:
        numbers: (m,) int64, the numbers of its items.
        num_passages: (m,) int64, the passages of each item; 0 where it is too short to be checked.
        num_found: (m,) int64, how many of them were found.
    """

    numbers: NDArray[np.int64]
    num_passages: NDArray[np.int64]
    num_found: NDArray[np.int64]

    @property
    def is_checkable(self) -> NDArray[np.bool_]:
        """(m,) whether an item is long enough to be looked for."""
        return self.num_passages > 0

    def is_dirty(self, max_found_frac: float = 0.0) -> NDArray[np.bool_]:
        """(m,) whether more than this share of the passages of an item was found, 0..1."""
        return self.num_found > max_found_frac * self.num_passages

    def to_json(self) -> dict[str, Any]:
        """Counts, and the numbers of the dirty items."""
        return {
            "items": len(self.numbers),
            "checkable": int(self.is_checkable.sum()),
            "dirty": int(self.is_dirty().sum()),
            "dirty_items": self.numbers[self.is_dirty()].tolist(),
        }


@dataclass(frozen=True)
class ContaminationReport:
    """What of some test sets a corpus holds.

    Args:
        sets: by name.
        num_documents: the documents that were looked at.
        documents: the ids of documents that hold passages of an item; at most some thousands.
    """

    sets: dict[str, SetContamination]
    num_documents: int
    documents: list[str]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "sets": {name: each.to_json() for name, each in self.sets.items()},
            "num_documents": self.num_documents,
            "documents": self.documents,
        }


_MAX_LISTED = 5_000


def contamination_report(
    items: Sequence[EvaluationItem],
    batches: Iterable[pa.RecordBatch],
    config: DecontaminationConfig | None = None,
) -> ContaminationReport:
    """Look for test items in documents.

    Args:
        items: the items of one or more test sets.
        batches: the documents; columns `id` and `text`.
        config: what counts as a passage; its own test sets are not looked at. None takes the
            defaults.
    """
    index = build_index(items, config or DecontaminationConfig())
    is_found = np.zeros(len(index.ngrams.keys), np.bool_)
    num_documents = 0
    documents: list[str] = []
    for batch in batches:
        num_documents += batch.num_rows
        counts, _ = count_passages(index, batch["text"], is_found)
        if len(documents) < _MAX_LISTED and counts.any():
            ids = batch["id"].take(pa.array(np.flatnonzero(counts))).to_pylist()
            documents += ids[: _MAX_LISTED - len(documents)]
    return ContaminationReport(_by_set(index, is_found), num_documents, documents)


def _by_set(index: ItemIndex, is_found: NDArray[np.bool_]) -> dict[str, SetContamination]:
    """What was found of each item, set by set."""
    found = np.sort(index.ngrams.keys[is_found])
    places = np.minimum(np.searchsorted(found, index.passages), max(len(found) - 1, 0))
    is_there = found[places] == index.passages if len(found) else np.zeros(len(places), np.bool_)
    total = np.concatenate([[0], np.cumsum(is_there)])
    num_found = total[index.starts[1:]] - total[index.starts[:-1]]
    num_passages = np.diff(index.starts)
    return {
        name: SetContamination(
            index.item_number[index.item_set == i],
            num_passages[index.item_set == i],
            num_found[index.item_set == i],
        )
        for i, name in enumerate(index.set_names)
    }
