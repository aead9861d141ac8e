"""What the loop trains on: packed rows; which of them a step takes is a function of (seed, step).

Nothing about the position in the data has to be saved; with another micro-batch size the same rows
come in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np

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
        """The global batch of `step`, cut into micro-batches."""
        rows = rows_of_step(config.seed, step, config.batch_rows, self.train.num_rows)
        size = config.micro_batch_rows or config.batch_rows
        parts = np.split(rows, len(rows) // size)
        return [cast(NumpyBatch, self.train.batch(part)) for part in parts]

    def validation_batches(self, config: PretrainConfig) -> Iterator[NumpyBatch]:
        """The validation rows in their own order, as many at a time as in training."""
        count = min(self.validation.num_rows, config.validation_rows or self.validation.num_rows)
        size = config.micro_batch_rows or config.batch_rows
        for begin in range(0, count, size):
            rows = np.arange(begin, min(begin + size, count))
            yield cast(NumpyBatch, self.validation.batch(rows))
