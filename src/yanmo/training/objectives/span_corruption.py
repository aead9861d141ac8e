"""Span corruption (Raffel et al. 2020, section 3.1.4): the decoder writes what was cut out.

Comes in: pieces of documents. Goes out: sources in which each of some spans is one sentinel, and
targets in which each sentinel is followed by its span; a last sentinel and end-of-text end them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from yanmo.tokens.document_rows import DocumentRows
from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objective_choice import span_counts, span_row_tokens
from yanmo.training.objective_config import SpanCorruptionConfig
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
    pad_rows,
    place_spans,
)


@dataclass(frozen=True)
class SpanCorruptionObjective:
    """Predicts the spans that were cut out of a text.

    Args:
        config: how much is cut out.
        special: special ids, enough sentinels among them.
        decoder_start_id: the id that the decoder begins with.
    """

    config: SpanCorruptionConfig
    special: SpecialIds
    decoder_start_id: int
    name: str = field(default="span_corruption", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> DocumentRows:
        """Pieces of documents, as long as their corrupted forms fit the context."""
        row_tokens = span_row_tokens(self.config, source.max_seq_len)
        return DocumentRows(split, row_tokens, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`source_tokens`, `source_mask` (B, S); `tokens`, `labels` (B, T)."""
        assert isinstance(rows, DocumentRows), "these rows belong to another objective"
        pieces = rows.batch(row_indices)
        pairs = [
            self._corrupt(pieces["tokens"][row, : pieces["lengths"][row]], generator)
            for row, generator in enumerate(generators)
        ]
        return pairs_to_batch(pairs, self.special.pad, self.decoder_start_id)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the targets."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens of the targets, sentinels and ends included."""
        return count_labels(batch)

    def _corrupt(self, text: Ids, generator: np.random.Generator) -> tuple[Ids, Ids]:
        """The source and the target of a text (n,).

        The share of noise and the number of spans are exact (`span_counts`); where the noise is
        divided, and where the spans stand, is uniform.
        """
        lengths = _span_lengths(*span_counts(len(text), self.config), generator)
        starts = place_spans(lengths, len(text), generator)
        sentinels = np.array(self.special.sentinels[: len(lengths) + 1], dtype=np.int64)
        source: list[Ids] = []
        target: list[Ids] = []
        done = 0
        for index, start in enumerate(starts.tolist()):
            stop = start + int(lengths[index])
            source += [text[done:start], sentinels[index : index + 1]]
            target += [sentinels[index : index + 1], text[start:stop]]
            done = stop
        end = np.array([self.special.eos], dtype=np.int64)
        return (
            np.concatenate([*source, text[done:], end]),
            np.concatenate([*target, sentinels[len(lengths) :], end]),
        )


def _span_lengths(num_noise: int, num_spans: int, generator: np.random.Generator) -> Ids:
    """`num_noise` tokens in `num_spans` spans of at least one, every division equally likely."""
    if not num_spans:
        return np.empty(0, dtype=np.int64)
    cuts = 1 + np.sort(generator.choice(num_noise - 1, size=num_spans - 1, replace=False))
    return np.diff(cuts, prepend=0, append=num_noise)


def pairs_to_batch(pairs: Sequence[tuple[Ids, Ids]], pad_id: int, start_id: int) -> NumpyBatch:
    """Sources (S,) and targets (T,) as the arrays of an encoder-decoder.

    The decoder reads the target shifted by one: `start_id`, then all of it but its last token.
    """
    sources = [source for source, _ in pairs]
    targets = [target for _, target in pairs]
    start = np.array([start_id], dtype=np.int64)
    return {
        "source_tokens": pad_rows(sources, pad_id),
        "source_mask": pad_rows((np.ones(len(source), np.bool_) for source in sources), False),
        "tokens": pad_rows((np.concatenate([start, target[:-1]]) for target in targets), pad_id),
        "labels": pad_rows(targets, IGNORED_LABEL),
    }
