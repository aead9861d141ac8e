"""Prefix language modelling: a beginning that is seen whole, and the next token after it.

Comes in: packed rows. Goes out: the same rows, with a random beginning of each document's piece
marked as prefix (Liu et al. 2018; Raffel et al. 2020, section 3.2.1) and no label inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
    piece_bounds,
)


@dataclass(frozen=True)
class PrefixObjective:
    """Predicts the tokens behind a prefix, each from the prefix and those before it."""

    name: str = field(default="prefix", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> PackedRows:
        """Documents end to end, cut every `max_seq_len` tokens."""
        return PackedRows(split, source.max_seq_len, source.special.eos, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `document_ids` and `is_prefix`, each (B, T).

        The prefix of a piece of n tokens has 1 to n - 1 of them, each as likely as any other; a
        piece of one token has none. The last token of a prefix predicts what comes after it.
        """
        assert isinstance(rows, PackedRows), "these rows belong to another objective"
        batch = rows.batch(row_indices)
        labels = batch["labels"].copy()
        is_prefix = np.zeros(labels.shape, dtype=np.bool_)
        for row, generator in zip(range(len(labels)), generators, strict=True):
            for start, stop in piece_bounds(batch["document_ids"][row]):
                if stop - start > 1:
                    cut = start + int(generator.integers(1, stop - start))
                    is_prefix[row, start:cut] = True
                    labels[row, start : cut - 1] = IGNORED_LABEL
        return {
            "tokens": batch["tokens"],
            "labels": labels,
            "positions": batch["positions"],
            "document_ids": batch["document_ids"],
            "is_prefix": is_prefix,
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over what follows the prefixes."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens behind the prefixes."""
        return count_labels(batch)
