"""Rows of like length share a micro-batch: less padding, and the same rows in every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tests.training.small_job import build_config
from torch import nn

from yanmo.training.data import RowPlace, TrainingData
from yanmo.training.objectives.objective import Batch, Ids, NumpyBatch, Rows, pad_rows


@dataclass(frozen=True)
class Words:
    """Row i has `sizes[i]` tokens, all of them i."""

    sizes: Sequence[int]

    @property
    def num_rows(self) -> int:
        return len(self.sizes)

    def lengths(self, row_indices: Ids) -> Ids:
        return np.array(self.sizes, np.int64)[row_indices]


class Reading:
    """Pads rows to the longest of a batch."""

    name = "reading"

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        assert isinstance(rows, Words)
        taken = [np.full(rows.sizes[row], row) for row in row_indices.tolist()]
        return {"tokens": pad_rows(taken, -1)}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        raise AssertionError("nothing is learned here")

    def count_targets(self, batch: NumpyBatch) -> int:
        return int((batch["tokens"] >= 0).sum())


def test_micro_batches_hold_rows_of_like_length_and_every_row_once() -> None:
    sizes = np.random.default_rng(0).integers(1, 60, 96).tolist()
    data = TrainingData(train=Words(sizes), validation=Words(sizes), objective=Reading())
    for step in range(3):
        whole = data.micro_batches(build_config(batch_rows=32), step)
        parts = data.micro_batches(build_config(batch_rows=32, micro_batch_rows=8), step)
        assert [len(part["tokens"]) for part in parts] == [8] * 4
        rows = [int(row[0]) for part in parts for row in part["tokens"]]
        assert sorted(rows) == sorted(int(row[0]) for row in whole[0]["tokens"])
        assert [sizes[row] for row in rows] == sorted(sizes[row] for row in rows)
        assert sum(part["tokens"].size for part in parts) < 0.8 * whole[0]["tokens"].size
        assert parts[0]["tokens"].tolist() == (
            data.micro_batches(build_config(batch_rows=32, micro_batch_rows=8), step)[0][
                "tokens"
            ].tolist()
        )


def test_processes_share_out_the_rows_of_a_batch_before_they_order_them() -> None:
    sizes = np.random.default_rng(1).integers(1, 60, 64).tolist()
    data = TrainingData(train=Words(sizes), validation=Words(sizes), objective=Reading())
    config = build_config(batch_rows=32, micro_batch_rows=4)
    halves = [
        {
            int(row[0])
            for part in data.micro_batches(config, 0, RowPlace(index, 2))
            for row in part["tokens"]
        }
        for index in range(2)
    ]
    whole = {int(row[0]) for part in data.micro_batches(config, 0) for row in part["tokens"]}
    assert halves[0] | halves[1] == whole
    assert not halves[0] & halves[1]
