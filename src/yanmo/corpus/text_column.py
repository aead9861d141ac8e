"""The `text` column as bytes that kernels read, and back.

Comes in: an Arrow column of strings. Goes out: NumPy views of its UTF-8 bytes and offsets, without
a copy; or a new column made of such bytes. Knows nothing of what the text means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TextBuffers:
    """A column of texts as the bytes that lie behind it.

    Args:
        data: UTF-8 bytes, uint8; text `i` is `data[offsets[i]:offsets[i + 1]]`.
        offsets: int64, one more than there are texts. The first need not be 0.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def text_buffers(column: pa.StringArray) -> TextBuffers:
    """Views of a column's bytes; only the offsets are copied. A null counts as an empty text."""
    _, offsets_buffer, data_buffer = column.buffers()
    width = np.int64 if pa.types.is_large_string(column.type) else np.int32
    if offsets_buffer is None:
        return TextBuffers(np.zeros(0, np.uint8), np.zeros(len(column) + 1, np.int64))
    offsets = np.frombuffer(offsets_buffer, dtype=width)
    offsets = offsets[column.offset : column.offset + len(column) + 1].astype(np.int64)
    if data_buffer is None:
        return TextBuffers(np.zeros(0, np.uint8), offsets)
    return TextBuffers(np.frombuffer(data_buffer, dtype=np.uint8), offsets)


def column_of(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> pa.StringArray:
    """A column made of UTF-8 bytes and offsets that begin at 0. The bytes are not copied.

    The column must hold less than 2 GiB.
    """
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.StringArray.from_buffers(pa.string(), len(offsets) - 1, buffers)


def with_text(batch: pa.RecordBatch, column: pa.StringArray) -> pa.RecordBatch:
    """The batch with another `text` column."""
    position = batch.schema.get_field_index("text")
    return batch.set_column(position, batch.schema.field("text"), column)


def rewrite_where(
    column: pa.StringArray, is_wanted: NDArray[np.bool_], rewrite: Callable[[str], str]
) -> tuple[pa.StringArray, int]:
    """The column with `rewrite` applied to the texts that `is_wanted` marks, and how many changed.

    Where nothing changes, the column itself comes back; texts that are not marked are never made
    into Python strings.
    """
    rows = np.flatnonzero(is_wanted)
    changed: dict[int, str] = {}
    for row in rows.tolist():
        before = column[row].as_py()
        after = rewrite(before)
        if after != before:
            changed[row] = after
    if not changed:
        return column, 0
    pieces: list[pa.StringArray] = []
    start = 0
    for row, text in changed.items():
        if row > start:
            pieces.append(column.slice(start, row - start))
        pieces.append(pa.array([text], pa.string()))
        start = row + 1
    if start < len(column):
        pieces.append(column.slice(start))
    return pa.concat_arrays(pieces), len(changed)
