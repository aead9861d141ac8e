"""Which documents belong together: a forest in which equal keys link their documents.

Comes in: columns of keys for all documents of a corpus. Goes out: for each document the first
document of its cluster. The answer depends on nothing but the keys: the root of every tree is its
first document, in whatever order the links came. Memory: 4 bytes for each document, and 28 for
each of those in the part of a column that is being sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel

NO_KEY = np.uint64(0)
"""The key of a document that is like no other."""

_MAX_ROWS_SORTED = 1 << 27


def new_forest(num_documents: int) -> NDArray[Any]:
    """(n,) every document alone: each its own parent."""
    kind = np.uint32 if num_documents < 1 << 32 else np.int64
    return np.arange(num_documents, dtype=kind)


def link_equal(
    forest: NDArray[Any],
    is_alive: NDArray[np.bool_],
    keys: Callable[[], Iterable[NDArray[np.uint64]]],
    more_keys: Iterable[NDArray[np.uint64]] | None = None,
    *,
    max_rows_sorted: int = _MAX_ROWS_SORTED,
) -> None:
    """Link all documents that are alive and have equal keys, other than `NO_KEY`.

    Args:
        forest: (n,) the parent of each document; changed.
        is_alive: (n,) documents that count.
        keys: gives the column of keys in pieces; called once for each part of a large corpus.
        more_keys: a second column; documents are linked only where it is equal too.
        max_rows_sorted: larger corpora are taken in parts, by ranges of keys.
    """
    second = np.zeros(0, np.uint64) if more_keys is None else _join(more_keys)
    num_parts = 1
    while num_parts * max_rows_sorted < len(forest):
        num_parts *= 2
    for part in range(num_parts):
        values, rows = _part_of_column(keys(), is_alive, part, num_parts, forest.dtype)
        link_neighbours(forest, values, np.argsort(values), rows, second)


def clusters_of(forest: NDArray[Any]) -> NDArray[np.int64]:
    """(n,) the first document of the cluster of each document; -1 for documents that are alone."""
    roots = np.empty(len(forest), dtype=np.int64)
    _find_clusters(forest, roots)
    return roots


def _part_of_column(
    pieces: Iterable[NDArray[np.uint64]],
    is_alive: NDArray[np.bool_],
    part: int,
    num_parts: int,
    row_type: np.dtype[Any],
) -> tuple[NDArray[np.uint64], NDArray[Any]]:
    """The keys of one range, and the documents that have them."""
    shift = np.uint64(64 - (num_parts.bit_length() - 1)) if num_parts > 1 else None
    values: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
    rows: list[NDArray[Any]] = [np.zeros(0, row_type)]
    for first, piece in _numbered(pieces):
        is_wanted = is_alive[first : first + len(piece)] & (piece != NO_KEY)
        if shift is not None:
            is_wanted &= (piece >> shift) == np.uint64(part)
        inside = np.flatnonzero(is_wanted)
        values.append(piece[inside])
        rows.append((inside + first).astype(row_type))
    return np.concatenate(values), np.concatenate(rows)


def _numbered(
    pieces: Iterable[NDArray[np.uint64]],
) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """Each piece with the number of its first document."""
    first = 0
    for piece in pieces:
        yield first, piece
        first += len(piece)


def _join(pieces: Iterable[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    return np.concatenate([np.zeros(0, np.uint64), *pieces])


@kernel
def root_of(forest: NDArray[Any], document: int) -> np.int64:
    """The first document of the tree of `document`; halves the path to it on the way."""
    at = np.int64(document)
    while forest[at] != at:
        forest[at] = forest[np.int64(forest[at])]
        at = np.int64(forest[at])
    return at


@kernel
def link(forest: NDArray[Any], one: int, other: int) -> None:
    """Make one tree of the trees of two documents."""
    root, other_root = root_of(forest, one), root_of(forest, other)
    if root < other_root:
        forest[other_root] = root
    else:
        forest[root] = other_root


@kernel
def link_neighbours(
    forest: NDArray[Any],
    values: NDArray[np.uint64],
    order: NDArray[np.int64],
    rows: NDArray[Any],
    second: NDArray[np.uint64],
) -> None:
    """Link the documents of equal values.

    Args:
        forest: (n,) changed.
        values: (m,) keys.
        order: (m,) sorts `values`.
        rows: (m,) the document of each key.
        second: (n,) keys that must be equal as well; or empty.
    """
    run = 0
    for place in range(1, len(order)):
        if values[order[place]] != values[order[run]]:
            run = place
            continue
        document = rows[order[place]]
        if not len(second):
            link(forest, rows[order[run]], document)
            continue
        for earlier in range(run, place):  # but for collisions, the first one is equal
            if second[rows[order[earlier]]] == second[document]:
                link(forest, rows[order[earlier]], document)
                break


@kernel
def _find_clusters(forest: NDArray[Any], roots: NDArray[np.int64]) -> None:
    """Write the root of every document that is not alone, else -1."""
    roots[:] = -1
    for document in range(len(forest)):
        root = root_of(forest, document)
        if root != document:
            roots[document] = root
            roots[root] = root
