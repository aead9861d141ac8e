"""The order for models that carry their state from step to step: rows in lanes.

In: step, rows per step, the packed rows. Out: row numbers, and which rows go on in the document in
which the row before them stopped. Lane b is row b of every step. It begins b / R of the way into
the split and reads one row a step, so that row b of a step continues row b of the step before; at
the end of the split it goes on at the start. With R rows a step, every pass of N / R steps sees
every row once where R divides N. The order is a function of the step alone: nothing is stored, and
there is nothing for a seed to decide.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from yanmo.tokens.rows import PackedRows


class Lanes(TypedDict):
    """Which state each row of a batch begins from; (B,) each, and part of the batch."""

    lanes: npt.NDArray[np.int64]
    """The lane of each row."""
    carries: npt.NDArray[np.bool_]
    """Whether the row's first document goes on from its lane's state."""


def contiguous_rows_of_step(step: int, rows_per_step: int, num_rows: int) -> npt.NDArray[np.int64]:
    """The rows that optimiser step `step` (from 0) trains on, one for each lane: (rows_per_step,).

    Lane b takes row (floor(b N / R) + step) modulo N, for N rows and R lanes.
    """
    assert step >= 0 and rows_per_step >= 1, f"no such step: {step} of {rows_per_step} rows"
    assert num_rows >= 1, "there are no rows to order"
    lanes = np.arange(rows_per_step, dtype=np.int64)
    return (lanes * num_rows // rows_per_step + step) % num_rows


def lanes_of_step(step: int, row_indices: npt.NDArray[np.int64], rows: PackedRows) -> Lanes:
    """What the rows of a step (`contiguous_rows_of_step`) carry on.

    A row carries where the same lane read the row before it, and the row begins inside a document.
    Nothing is carried into the first step, and nothing from the end of the split to its start.

    Args:
        row_indices: (B,), row b of which is in lane b.
    """
    is_inside = rows.begins_inside_document(row_indices)
    return {
        "lanes": np.arange(len(row_indices), dtype=np.int64),
        "carries": is_inside & (step > 0),
    }
