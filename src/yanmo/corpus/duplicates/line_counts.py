"""In how many documents each line occurs, for the lines that occur in many.

Comes in: the hashes of the lines of all documents, in pieces, twice. Goes out: the hashes that more
than so many documents hold, and how many do. The first pass counts documents in cells that several
hashes share, which can only count too many; the second one counts exactly, but only hashes whose
cell is full enough. Memory: 8 bytes a cell, 33 million cells at most, and 16 bytes for each
hash that gets through the first pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel

_MIN_CELLS = 1 << 16
_MAX_CELLS = 1 << 25


class LineHashes(NamedTuple):
    """The lines of consecutive documents.

    Args:
        first: the number of the first of the documents.
        counts: (n,) int32, how many lines each of them has; 0 for documents that do not count.
        hashes: (sum of counts,) uint64; 0 for lines that do not count.
    """

    first: int
    counts: NDArray[np.int32]
    hashes: NDArray[np.uint64]


@dataclass(frozen=True)
class FrequentLines:
    """Lines that many documents share.

    Args:
        hashes: (m,) uint64, sorted.
        documents: (m,) int64, how many documents hold each.
    """

    hashes: NDArray[np.uint64]
    documents: NDArray[np.int64]

    def contains(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of these hashes are among the frequent ones."""
        return is_among(hashes, self.hashes)


def is_among(values: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which `values` stand in the sorted array `wanted`."""
    if not len(wanted):
        return np.zeros(len(values), dtype=np.bool_)
    places = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
    return np.asarray(wanted[places] == values)


def find_frequent_lines(
    lines: Callable[[], Iterable[LineHashes]],
    num_lines: int,
    max_documents: int,
    *,
    max_cells: int = _MAX_CELLS,
) -> FrequentLines:
    """The lines that more than `max_documents` documents hold.

    Args:
        lines: gives all lines; called twice.
        num_lines: about how many there are.
        max_documents: lines in more documents than this are frequent.
        max_cells: a power of two; bounds the memory of the first pass.
    """
    num_cells = _MIN_CELLS
    while num_cells < min(num_lines, max_cells):
        num_cells *= 2
    cells = np.zeros(num_cells, dtype=np.uint32)
    last_document = np.full(num_cells, np.iinfo(np.uint32).max, dtype=np.uint32)
    for piece in lines():
        _count_in_cells(piece.first, piece.counts, piece.hashes, cells, last_document)
    del last_document
    counter = _Counter()
    for piece in lines():
        documents = np.repeat(np.arange(len(piece.counts), dtype=np.int64), piece.counts)
        is_candidate = cells[piece.hashes & np.uint64(num_cells - 1)] > max_documents
        is_candidate &= piece.hashes != 0
        counter.add(piece.hashes[is_candidate], documents[is_candidate])
    hashes, counts = counter.totals()
    is_frequent = counts > max_documents
    return FrequentLines(hashes[is_frequent], counts[is_frequent])


class _Counter:
    """Counts the documents of each hash; merges what is new when it is as much as what is there."""

    def __init__(self) -> None:
        self._pieces = [(np.zeros(0, np.uint64), np.zeros(0, np.int64))]
        self._num_waiting = 0

    def add(self, hashes: NDArray[np.uint64], documents: NDArray[np.int64]) -> None:
        """Count each hash once for each of its documents; no document may come twice."""
        order = np.lexsort((documents, hashes))
        hashes, documents = hashes[order], documents[order]
        is_first = np.ones(len(hashes), dtype=np.bool_)
        is_first[1:] = (hashes[1:] != hashes[:-1]) | (documents[1:] != documents[:-1])
        distinct, counts = np.unique(hashes[is_first], return_counts=True)
        self._pieces.append((distinct, counts.astype(np.int64)))
        self._num_waiting += len(distinct)
        if self._num_waiting > len(self._pieces[0][0]):
            self.totals()

    def totals(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """All hashes, sorted, and their counts."""
        hashes = np.concatenate([hashes for hashes, _ in self._pieces])
        counts = np.concatenate([counts for _, counts in self._pieces])
        distinct, place = np.unique(hashes, return_inverse=True)
        sums = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(sums, place, counts)
        self._pieces = [(distinct, sums)]
        self._num_waiting = 0
        return distinct, sums


@kernel
def _count_in_cells(
    first: int,
    counts: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    cells: NDArray[np.uint32],
    last_document: NDArray[np.uint32],
) -> None:
    """Add 1 to every cell for every document that has a line there."""
    line = 0
    for row in range(len(counts)):
        for _ in range(counts[row]):
            value = hashes[line]
            line += 1
            if value == np.uint64(0):
                continue
            cell = np.int64(value & np.uint64(len(cells) - 1))
            if last_document[cell] != np.uint32(first + row):
                last_document[cell] = np.uint32(first + row)
                cells[cell] += np.uint32(1)
