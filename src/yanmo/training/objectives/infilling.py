"""Fill-in-the-middle (Bavarian et al. 2022): a causal model learns to write a middle too.

Comes in: packed rows. Goes out: rows in which some pieces of documents are cut in three and
rearranged, so that the middle comes last. Every token stays; three special tokens are added to a
rearranged piece, which makes a row that holds many short documents wider than others, but no piece
longer than the model's context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objective_config import InfillingConfig
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
    pad_rows,
    piece_bounds,
)

NUM_ADDED_TOKENS = 3
"""The tokens before the prefix, the middle and the suffix."""


@dataclass(frozen=True)
class InfillingObjective:
    """Predicts the next token of texts of which some are rearranged.

    Args:
        config: how many, and in which order.
        special: special ids.
    """

    config: InfillingConfig
    special: SpecialIds
    name: str = field(default="infilling", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> PackedRows:
        """Documents end to end, cut so that a rearranged piece still fits the context."""
        row_tokens = source.max_seq_len - NUM_ADDED_TOKENS
        return PackedRows(split, row_tokens, source.special.eos, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `document_ids`, each (B, T)."""
        assert isinstance(rows, PackedRows), "these rows belong to another objective"
        batch = rows.batch(row_indices)
        tokens, labels, positions, documents = [], [], [], []
        for row, generator in enumerate(generators):
            pieces = []
            for start, stop in piece_bounds(batch["document_ids"][row]):
                # A piece and the token after it, the target of its last one.
                piece = np.append(batch["tokens"][row, start:stop], batch["labels"][row, stop - 1])
                pieces.append(self._maybe_rearrange(piece, generator))
            lengths = [len(piece) - 1 for piece in pieces]
            tokens.append(np.concatenate([piece[:-1] for piece in pieces]))
            labels.append(np.concatenate([piece[1:] for piece in pieces]))
            positions.append(np.concatenate([np.arange(length) for length in lengths]))
            documents.append(np.repeat(np.arange(len(pieces), dtype=np.int32), lengths))
        return {
            "tokens": pad_rows(tokens, self.special.pad),
            "labels": pad_rows(labels, IGNORED_LABEL),
            "positions": pad_rows(positions, 0),
            "document_ids": pad_rows(documents, -1),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over all tokens, the added ones included."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Labels that are not -100."""
        return count_labels(batch)

    def _maybe_rearrange(self, piece: Ids, generator: np.random.Generator) -> Ids:
        """A piece (n + 1,) as it is, or as prefix, suffix, middle, or as suffix, prefix, middle.

        A rearranged piece ends in end-of-text, which says that the middle is complete. A
        beginning-of-document token stays in front. Both cuts fall anywhere, at the ends too
        (Bavarian et al. 2022, sections 3 and 3.1, and the second form of SPM there).
        """
        if generator.random() >= self.config.fim_prob:
            return piece
        num_before = int(piece[0] == self.special.eos)
        text = piece[num_before:-1]
        low, high = np.sort(generator.integers(0, len(text) + 1, size=2)).tolist()
        prefix, middle, suffix = text[:low], text[low:high], text[high:]
        special = self.special
        if generator.random() < self.config.spm_prob:
            head = [[special.fim_prefix, special.fim_suffix], suffix]
            parts = [*head, [special.fim_middle], prefix, middle]
        else:
            head = [[special.fim_prefix], prefix]
            parts = [*head, [special.fim_suffix], suffix, [special.fim_middle], middle]
        return np.concatenate([piece[:num_before], *parts, [special.eos]]).astype(np.int64)
