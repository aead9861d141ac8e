"""The passages of test sets, ready to be looked up.

Comes in: test items. Goes out: a table of the hashes of their passages, and which document of a
batch holds how many of them. A long item is known by every n-gram in it; one that is shorter than
an n-gram is known as a whole, and found by its last words first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.decontamination.config import DecontaminationConfig
from yanmo.corpus.decontamination.folding import folding_table
from yanmo.corpus.decontamination.hash_table import HashTable, build_table, find
from yanmo.corpus.decontamination.items import EvaluationItem
from yanmo.corpus.decontamination.ngrams import (
    RING,
    add_unit,
    count_units,
    list_ngrams,
    next_unit,
    ngram_hash,
    power,
)
from yanmo.corpus.kernel import kernel
from yanmo.corpus.text_column import text_buffers


@dataclass(frozen=True)
class ItemIndex:
    """Items and their passages.

    Args:
        set_names: the test sets.
        item_set: (m,) int32, the set of each item.
        item_number: (m,) int64, the number of each item in its set.
        ngrams: all passages; their values are sets.
        tails: the last words of items that are known as a whole; no values.
        passages: (p,) uint64, the passages of the items, one item after the other.
        starts: (m + 1,) int64, where the passages of each item begin. Items without any cannot be
            checked.
        widths: (2, 2) int64, for words and for characters: the length of the shortest item that is
            looked for, and of an n-gram.
        is_used: (2,) bool, whether any passage is made of words, of characters.
    """

    set_names: tuple[str, ...]
    item_set: NDArray[np.int32]
    item_number: NDArray[np.int64]
    ngrams: HashTable
    tails: HashTable
    passages: NDArray[np.uint64]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    is_used: NDArray[np.bool_]


def build_index(items: Sequence[EvaluationItem], config: DecontaminationConfig) -> ItemIndex:
    """The index of test items. The same items in the same order give the same index."""
    widths = np.array(
        [
            [config.min_words, config.ngram_words],
            [config.min_characters, config.ngram_characters],
        ],
        np.int64,
    )
    set_names = tuple(dict.fromkeys(item.set_name for item in items))
    item_of_text = np.repeat(np.arange(len(items)), [len(item.texts) for item in items])
    buffers = text_buffers(pa.array([text for i in items for text in i.texts], pa.large_string()))
    table = folding_table()
    counts = np.zeros((len(buffers), 2), np.int64)
    count_units(buffers.data, buffers.offsets, table, counts)
    kind = (2 * counts[:, 1] >= np.maximum(counts[:, 0], 1)).astype(np.int64)
    width = _width_of_each(counts[:, 0], kind, widths, item_of_text, len(items))
    num_hashes = np.where(width > 0, counts[:, 0] - width + 1, 0)
    starts = np.concatenate([[0], np.cumsum(num_hashes)])
    hashes = np.zeros(int(starts[-1]), np.uint64)
    list_ngrams(buffers.data, buffers.offsets, table, width, starts, hashes)

    item_of_hash = np.repeat(item_of_text, num_hashes)
    item_set = np.array([set_names.index(item.set_name) for item in items], np.int32)
    is_kept = _is_of_an_item(hashes, item_of_hash, config.max_items_per_ngram)
    is_short = (width > 0) & (width < widths[kind, 1])
    tail_width = np.where(is_short, widths[kind, 0], 0)
    tails = _last_of_each(buffers.data, buffers.offsets, table, counts[:, 0], tail_width)
    passages, passage_items = hashes[is_kept], item_of_hash[is_kept]
    unique, first = np.unique(passages, return_index=True)
    return ItemIndex(
        set_names=set_names,
        item_set=item_set,
        item_number=np.array([item.number for item in items], np.int64),
        ngrams=build_table(unique, item_set[passage_items[first]]),
        tails=build_table(tails, np.zeros(len(tails), np.int32)),
        passages=passages,
        starts=np.searchsorted(passage_items, np.arange(len(items) + 1)),
        widths=widths,
        is_used=np.array([bool((width[kind == k] > 0).any()) for k in (0, 1)]),
    )


def _width_of_each(
    num_units: NDArray[np.int64],
    kind: NDArray[np.int64],
    widths: NDArray[np.int64],
    item_of_text: NDArray[np.int64],
    num_items: int,
) -> NDArray[np.int64]:
    """The width of the n-grams of each text: n, or the whole text, or 0 where it is left out.

    Only the longest text of an item is looked for as a whole, and only where none of its texts is
    as long as an n-gram: answers such as "at the end of the war" prove nothing.
    """
    n = widths[kind, 1]
    is_long = num_units >= n
    has_long = np.zeros(num_items, np.bool_)
    has_long[item_of_text[is_long]] = True
    longest = np.zeros(num_items, np.int64)
    np.maximum.at(longest, item_of_text, num_units)
    is_whole = (
        ~has_long[item_of_text]
        & (num_units == longest[item_of_text])
        & (num_units >= widths[kind, 0])
    )
    result: NDArray[np.int64] = np.where(is_long, n, np.where(is_whole, num_units, 0))
    return result


def _is_of_an_item(
    hashes: NDArray[np.uint64],
    items: NDArray[np.int64],
    max_items: int | None,
) -> NDArray[np.bool_]:
    """Which passages are not the common form of many items."""
    if max_items is None or not len(hashes):
        return np.ones(len(hashes), np.bool_)
    _, number = np.unique(hashes, return_inverse=True)
    pairs = np.unique(np.stack([number, items]), axis=1)
    num_items = np.bincount(pairs[0])
    is_common: NDArray[np.bool_] = (num_items > max_items)[number]
    return ~is_common


def _last_of_each(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    num_units: NDArray[np.int64],
    widths: NDArray[np.int64],
) -> NDArray[np.uint64]:
    """The distinct last n-grams of the texts whose width is not 0."""
    counts = np.where(widths > 0, num_units - widths + 1, 0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    hashes = np.zeros(int(starts[-1]), np.uint64)
    list_ngrams(data, offsets, table, widths, starts, hashes)
    return np.unique(hashes[starts[1:][counts > 0] - 1])


def count_passages(
    index: ItemIndex, column: pa.StringArray, is_found: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """How many passages of test items each text holds.

    Args:
        index: the items.
        column: the texts.
        is_found: one bool for each place of `index.ngrams`; set where a text holds the passage.

    Returns:
        (n,) the number of passages, and (n,) the set of the first of them, -1 where there is none.
    """
    buffers = text_buffers(column)
    counts = np.zeros(len(buffers), np.int64)
    sets = np.full(len(buffers), -1, np.int32)
    _count(
        buffers.data,
        buffers.offsets,
        folding_table(),
        index.widths[index.is_used],
        index.ngrams.keys,
        index.ngrams.values,
        index.ngrams.filter,
        index.tails.keys,
        index.tails.filter,
        counts,
        sets,
        is_found,
    )
    return counts, sets


@kernel
def _count(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    widths: NDArray[np.int64],
    keys: NDArray[np.uint64],
    values: NDArray[np.int32],
    bits: NDArray[np.uint8],
    tail_keys: NDArray[np.uint64],
    tail_bits: NDArray[np.uint8],
    counts: NDArray[np.int64],
    sets: NDArray[np.int32],
    is_found: NDArray[np.bool_],
) -> None:
    """`count_passages` on the arrays of an index."""
    ring = np.zeros(RING, np.uint64)
    factors = np.zeros(RING, np.uint64)
    for width in range(RING):
        factors[width] = power(width)
    for row in range(len(counts)):
        i, end = offsets[row], offsets[row + 1]
        ring[0] = 0
        last = 0
        while True:
            i, unit, _ = next_unit(data, i, end, table)
            if unit == 0:
                break
            last += 1
            add_unit(ring, last, unit)
            for k in range(len(widths)):
                least, width = widths[k, 0], widths[k, 1]
                place = -1
                if last >= width:
                    place = find(keys, bits, ngram_hash(ring, last, width, factors[width]))
                if place < 0 and last >= least:
                    tail = ngram_hash(ring, last, least, factors[least])
                    if find(tail_keys, tail_bits, tail) >= 0:
                        for whole in range(least, min(width, last + 1)):
                            key = ngram_hash(ring, last, whole, factors[whole])
                            place = max(place, find(keys, bits, key))
                if place >= 0:
                    counts[row] += 1
                    is_found[place] = True
                    if sets[row] < 0:
                        sets[row] = values[place]
