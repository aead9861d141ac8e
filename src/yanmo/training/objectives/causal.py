"""Next-token prediction: every token of a document from those before it.

Comes in: packed rows. Goes out: the same rows, and the cross-entropy of each label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.tokens.rows import PackedRows
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
)


@dataclass(frozen=True)
class CausalObjective:
    """Predicts each token from those before it; nothing is random."""

    name: str = field(default="causal", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> PackedRows:
        """Documents end to end, cut every `max_seq_len` tokens."""
        return PackedRows(split, source.max_seq_len, source.special.eos, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `document_ids`, each (B, T)."""
        del generators  # nothing is random
        assert isinstance(rows, PackedRows), "these rows belong to another objective"
        return dict(rows.batch(row_indices).items())  # type: ignore[arg-type]

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over labels that are not -100."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Labels that are not -100."""
        return count_labels(batch)


def packed_loss(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
    """The model's loss on a packed batch, all of whose arrays the model takes by their names."""
    return model(**batch).loss_sum, count_labels(batch)
