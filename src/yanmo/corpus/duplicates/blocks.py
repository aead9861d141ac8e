"""The text of a corpus in blocks that fit a suffix array.

Comes in: batches of documents. Goes out: stretches of consecutive documents of bounded size. Where
a block begins depends on the documents alone, not on batches and shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.duplicates.suffix_kernels import END_OF_DOCUMENT
from yanmo.corpus.text_column import text_buffers


@dataclass(frozen=True)
class Part:
    """A document, or a part of one that is larger than a block.

    Args:
        document: its number in the corpus.
        offset: where in the document the part begins, in bytes.
        data: its UTF-8 bytes, uint8.
    """

    document: int
    offset: int
    data: NDArray[np.uint8]


def parts_of(batches: Iterable[pa.RecordBatch], is_alive: NDArray[np.bool_]) -> Iterator[Part]:
    """The documents that are alive and not empty."""
    document = 0
    for batch in batches:
        texts = text_buffers(batch["text"])
        for row in np.flatnonzero(is_alive[document : document + len(texts)]).tolist():
            start, stop = texts.offsets[row : row + 2].tolist()
            if start < stop:
                yield Part(document + row, 0, texts.data[start:stop])
        document += len(texts)


def blocks_of(parts: Iterable[Part], block_bytes: int) -> Iterator[list[Part]]:
    """The parts in blocks of at most `block_bytes`, counting an end mark for each; a document that
    is larger makes blocks of its own."""
    block: list[Part] = []
    size = 0
    for whole in parts:
        for part in _pieces(whole, block_bytes):
            if block and size + len(part.data) + 1 > block_bytes:
                yield block
                block, size = [], 0
            block.append(Part(part.document, part.offset, part.data.copy()))
            size += len(part.data) + 1
    if block:
        yield block


def join_parts(parts: list[Part]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of the parts, each with the end mark behind it; and (p + 1,) where they begin."""
    sizes = [len(part.data) + 1 for part in parts]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    block = np.full(int(starts[-1]), END_OF_DOCUMENT, dtype=np.uint8)
    for part, start in zip(parts, starts[:-1].tolist(), strict=True):
        block[start : start + len(part.data)] = part.data
    return block, starts


def _pieces(part: Part, block_bytes: int) -> Iterator[Part]:
    """The part itself, or where it is larger than a block, its parts that are not."""
    step = block_bytes - 1
    start = 0
    while start < len(part.data):
        stop = min(start + step, len(part.data))
        while stop < len(part.data) and part.data[stop] & 0xC0 == 0x80:  # not inside a character
            stop -= 1
        yield Part(part.document, start, part.data[start:stop])
        start = stop
