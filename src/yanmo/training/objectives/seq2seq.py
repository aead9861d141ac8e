"""A target from a source: translation, summaries, questions and answers.

Comes in: documents that are pairs. Goes out: sources that end in end-of-text, and targets that do,
each target shifted by one for the decoder. Labels may be smoothed (Szegedy et al. 2016, section 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.tokens.pair_rows import Pair, PairRows
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objective_config import Seq2SeqConfig
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
)
from yanmo.training.objectives.span_corruption import pairs_to_batch


@dataclass(frozen=True)
class Seq2SeqObjective:
    """Predicts the target of a pair from its source.

    Args:
        config: label smoothing and longest sides.
        special: special ids.
        decoder_start_id: the id that the decoder begins with.
    """

    config: Seq2SeqConfig
    special: SpecialIds
    decoder_start_id: int
    name: str = field(default="seq2seq", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> PairRows:
        """The documents of the split that are pairs."""
        assert source.tokenizer is not None, "pairs are cut with the help of the tokenizer"
        return PairRows(
            split,
            source.tokenizer,
            (self.config.max_source_tokens or source.max_seq_len) - 1,
            (self.config.max_target_tokens or source.max_seq_len) - 1,
        )

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`source_tokens`, `source_mask` (B, S); `tokens`, `labels` (B, T). Nothing is random."""
        del generators  # nothing is random
        assert isinstance(rows, PairRows), "these rows belong to another objective"
        pairs = [self._with_ends(pair) for pair in rows.pairs(row_indices)]
        return pairs_to_batch(pairs, self.special.pad, self.decoder_start_id)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the targets; smoothed while the model is in training mode."""
        smoothing = self.config.label_smoothing if model.training else 0.0
        return model(**batch, label_smoothing=smoothing).loss_sum, count_labels(batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens of the targets, their ends included."""
        return count_labels(batch)

    def _with_ends(self, pair: Pair) -> tuple[Ids, Ids]:
        """Both sides with end-of-text behind them; a target that was cut has no end to learn."""
        end = np.array([self.special.eos], dtype=np.int64)
        target = pair.target if pair.is_target_cut else np.concatenate([pair.target, end])
        return np.concatenate([pair.source, end]), target
