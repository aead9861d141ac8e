"""What the loop trains on: packed rows; which of them a step takes is a function of (seed, step).

Nothing about the position in the data has to be saved; with another micro-batch size the same rows
come in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

from yanmo.tokens.lanes import contiguous_rows_of_step, lanes_of_step
from yanmo.tokens.order import rows_of_step
from yanmo.tokens.rows import PackedRows
from yanmo.training.config import PretrainConfig
from yanmo.training.step import NumpyBatch


@dataclass(frozen=True)
class TrainingData:
    """Packed rows of the train and validation splits.

    `bytes_per_token` is that of the validation split: UTF-8 bytes of its text over its targets.
    """

    train: PackedRows
    validation: PackedRows
    bytes_per_token: float

    def micro_batches(self, config: PretrainConfig, step: int) -> list[NumpyBatch]:
        """The global batch of `step`, cut into micro-batches; with `lanes` and `carries` beside the
        tokens where rows follow each other (`tokens.lanes`)."""
        size = config.micro_batch_rows or config.batch_rows
        num_parts = config.batch_rows // size
        if config.row_order == "contiguous":
            return self._laned_batches(config, step, num_parts)
        rows = rows_of_step(config.seed, step, config.batch_rows, self.train.num_rows)
        return [cast(NumpyBatch, self.train.batch(part)) for part in np.split(rows, num_parts)]

    def _laned_batches(self, config: PretrainConfig, step: int, num_parts: int) -> list[NumpyBatch]:
        rows = contiguous_rows_of_step(step, config.batch_rows, self.train.num_rows)
        carried = lanes_of_step(step, rows, self.train)
        batches: list[NumpyBatch] = []
        for part in np.split(carried["lanes"], num_parts):
            batch = cast(NumpyBatch, self.train.batch(rows[part]))
            batches.append({**batch, "lanes": part, "carries": carried["carries"][part]})
        return batches

    def validation_batches(self, config: PretrainConfig) -> Iterator[NumpyBatch]:
        """The validation rows in their own order, as many at a time as in training."""
        count = min(self.validation.num_rows, config.validation_rows or self.validation.num_rows)
        size = config.micro_batch_rows or config.batch_rows
        for begin in range(0, count, size):
            rows = np.arange(begin, min(begin + size, count))
            yield cast(NumpyBatch, self.validation.batch(rows))
