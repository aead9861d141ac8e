"""The `text` column as bytes that kernels read, and back.

Comes in: an Arrow column of strings. Goes out: NumPy views of its UTF-8 bytes and offsets, without
a copy; or a new column made of such bytes. Knows nothing of what the text means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
    stored = np.frombuffer(offsets_buffer, dtype=width)
    offsets = stored[column.offset : column.offset + len(column) + 1].astype(np.int64)
    if data_buffer is None:
        return TextBuffers(np.zeros(0, np.uint8), offsets)
    return TextBuffers(np.frombuffer(data_buffer, dtype=np.uint8), offsets)


def column_of(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> pa.StringArray:
    """A column made of UTF-8 bytes and offsets that begin at 0. The bytes are not copied.

    The column must hold less than 2 GiB.
    """
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


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
    before = column.take(pa.array(rows)).to_pylist()
    after = [rewrite(text) for text in before]
    is_changed = np.fromiter(
        (new != old for new, old in zip(after, before, strict=True)), np.bool_, len(rows)
    )
    if not is_changed.any():
        return column, 0
    mask = np.zeros(len(column), dtype=np.bool_)
    mask[rows[is_changed]] = True
    new_texts = [text for text, changed in zip(after, is_changed, strict=True) if changed]
    replaced = pc.replace_with_mask(column, pa.array(mask), pa.array(new_texts, pa.string()))
    return replaced, len(new_texts)
