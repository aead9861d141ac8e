"""Which copy of a document stays.

Comes in: clusters of documents and the table of their numbers. Goes out: the one document of each
cluster that stays. The rule is a total order over all documents of the corpus, the same for every
comparison, so that the copy that one comparison keeps is the one that the next would keep too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.duplicates.config import Keep
from yanmo.corpus.kernel import kernel
from yanmo.corpus.steps import Decision, DocumentTable

_PREFERENCES: dict[Keep, Callable[[DocumentTable], NDArray[np.int64]]] = {
    "first": lambda table: np.arange(len(table), dtype=np.int64),
    "longest": lambda table: np.negative(table.num_bytes),
    "oldest": lambda table: np.asarray(table.time, dtype=np.int64),
    "preferred_source": lambda table: table.source.astype(np.int64),
}


def preference(table: DocumentTable, keep: Keep) -> NDArray[np.int64]:
    """(n,) a number for each document; the smallest one stays, a tie goes to the longer document
    and then to the earlier one."""
    return _PREFERENCES[keep](table)


def preference_order(numbers: NDArray[np.int64], num_bytes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) the documents from the most to the least preferred, by what `preference` gave."""
    return np.lexsort((np.negative(num_bytes), numbers)).astype(np.int64)


def reject_copies(
    clusters: NDArray[np.int64], table: DocumentTable, keep: Keep, reason: str
) -> Decision:
    """The decision that keeps one document of each cluster and gives `reason` to the others.

    Args:
        clusters: (n,) the first document of the cluster of each document, -1 for those alone.
        table: the documents; those that are not alive are in no cluster.
        keep: which copy stays.
        reason: why the others are rejected.
    """
    is_copy = np.zeros(len(clusters), dtype=np.uint8)
    _mark_copies(clusters, preference(table, keep), np.asarray(table.num_bytes), is_copy)
    return Decision(reason_of=is_copy, reasons=(reason,), clusters=clusters)


@kernel
def _mark_copies(
    clusters: NDArray[np.int64],
    numbers: NDArray[np.int64],
    num_bytes: NDArray[np.int64],
    is_copy: NDArray[np.uint8],
) -> None:
    """Write 1 for every document of a cluster but the preferred one."""
    best = clusters.copy()  # of each cluster, at its first document
    for document in range(len(clusters)):
        cluster = clusters[document]
        if cluster < 0:
            continue
        other = best[cluster]
        if document == other:
            continue
        is_better = numbers[document] < numbers[other] or (
            numbers[document] == numbers[other] and num_bytes[document] > num_bytes[other]
        )
        if is_better:
            best[cluster] = document
            is_copy[other] = 1
        else:
            is_copy[document] = 1
