"""Sources and the targets that are to be written from them, for a model with two sides.

In: pair examples and the tokenizer of a base model. Out: rows by number, and the loss of a model on
them. What is longer than a side may be is cut, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tasks.example import PairExample
from yanmo.tokens.seq2seq_ids import source_ids_of, target_ids_of
from yanmo.tokens.text_codec import TextCodec
from yanmo.training.objective_config import Seq2SeqConfig
from yanmo.training.objectives.objective import Batch, NumpyBatch, Rows, count_labels
from yanmo.training.objectives.span_corruption import pairs_to_batch

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TargetRows:
    """Pairs of ids, ends included.

    Attributes:
        pairs: source (S,) and target (T,) of each row.
        num_cut_sources, num_cut_targets: sides that were longer than they may be.
    """

    pairs: Sequence[tuple[Ids, Ids]]
    num_cut_sources: int
    num_cut_targets: int

    @property
    def num_rows(self) -> int:
        """Pairs of the split."""
        return len(self.pairs)

    def lengths(self, row_indices: Ids) -> Ids:
        """Tokens of both sides together, for the given rows (B,)."""
        sizes = [sum(map(len, self.pairs[row])) for row in row_indices.tolist()]
        return np.array(sizes, np.int64)

    def warnings(self) -> list[str]:
        """What was cut, as sentences."""
        if not self.num_cut_sources and not self.num_cut_targets:
            return []
        return [
            t(
                "{sources:,} sources and {targets:,} targets of {rows:,} are too long and are cut",
                sources=self.num_cut_sources,
                targets=self.num_cut_targets,
                rows=self.num_rows,
            )
        ]


def build_target_rows(
    examples: Sequence[PairExample],
    codec: TextCodec,
    *,
    max_source_tokens: int,
    max_target_tokens: int,
) -> TargetRows:
    """Rows of pairs; each learns the first of its targets.

    Args:
        max_source_tokens, max_target_tokens: longest sides, ends included; a source keeps its end,
            and a target that was cut has none to learn.

    Raises:
        DataError: a pair has no target.
    """
    pairs: list[tuple[Ids, Ids]] = []
    num_cut_sources = num_cut_targets = 0
    for example in examples:
        if not example.targets:
            raise DataError(
                t("an example has no target to learn from"),
                where=example.id,
                hint=t("Give it one, or take the row out of the file."),
            )
        source = source_ids_of(codec, example.source)
        target = target_ids_of(codec, example.targets[0])
        num_cut_sources += len(source) > max_source_tokens
        num_cut_targets += len(target) > max_target_tokens
        if len(source) > max_source_tokens:
            source = [*source[: max_source_tokens - 1], source[-1]]
        pairs.append((np.array(source, np.int64), np.array(target[:max_target_tokens], np.int64)))
    return TargetRows(pairs, num_cut_sources, num_cut_targets)


@dataclass(frozen=True)
class TargetObjective:
    """Predicts the target of a pair from its source.

    Attributes:
        config: label smoothing.
        pad_id: fills the batch behind shorter sides.
        decoder_start_id: the id that the decoder begins with.
    """

    config: Seq2SeqConfig
    pad_id: int
    decoder_start_id: int
    name: str = field(default="seq2seq", init=False)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`source_tokens`, `source_mask` (B, S); `tokens`, `labels` (B, T)."""
        del generators  # nothing is random
        assert isinstance(rows, TargetRows), "these rows belong to another objective"
        pairs = [rows.pairs[number] for number in row_indices.tolist()]
        return pairs_to_batch(pairs, self.pad_id, self.decoder_start_id)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the targets; smoothed while the model is in training mode."""
        smoothing = self.config.label_smoothing if model.training else 0.0
        return model(**batch, label_smoothing=smoothing).loss_sum, count_labels(batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens of the targets, their ends included."""
        return count_labels(batch)
