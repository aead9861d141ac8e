"""Autoregressive blank infilling (GLM; Du et al. 2022): a text with blanks, then what fills them.

Comes in: packed rows. Goes out: each piece of a document with one `<|mask|>` for each blank, and
behind it the spans in random order, `<|sop|> span`, which predict `span <|eop|>`. The text before
them is seen whole, the spans from left to right. Every token has two positions: its place in the
text (a span's is that of its mask), and its place in the span, 0 in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objective_config import BlankInfillingConfig
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
    place_spans,
)

NUM_ADDED_TOKENS = 2
"""What a span of the longest piece takes beyond its own tokens: a mask and a start."""


class _Blanked(NamedTuple):
    """A piece with blanks and what fills them, (n,) each."""

    tokens: Ids
    labels: Ids
    positions: Ids
    block_positions: Ids
    is_prefix: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BlankInfillingObjective:
    """Predicts the spans that blanks stand for.

    Args:
        config: how much is blanked.
        special: special ids.
    """

    config: BlankInfillingConfig
    special: SpecialIds
    name: str = field(default="blank_infilling", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> PackedRows:
        """Documents end to end, cut so that both positions stay below `max_seq_len`."""
        row_tokens = source.max_seq_len - NUM_ADDED_TOKENS
        return PackedRows(split, row_tokens, source.special.eos, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens`, `labels`, `positions`, `block_positions`, `document_ids` and `is_prefix`, each
        (B, T); T is that of the row with the most spans."""
        assert isinstance(rows, PackedRows), "these rows belong to another objective"
        batch = rows.batch(row_indices)
        parts: list[list[_Blanked]] = []
        for row, generator in enumerate(generators):
            bounds = piece_bounds(batch["document_ids"][row])
            pieces = [batch["tokens"][row, start:stop] for start, stop in bounds]
            parts.append([self._blank(piece, generator) for piece in pieces])
        documents = [
            np.repeat(np.arange(len(row), dtype=np.int32), [len(part.tokens) for part in row])
            for row in parts
        ]

        def joined(name: str, fill: int | bool) -> npt.NDArray[np.generic]:
            return pad_rows(
                (np.concatenate([getattr(part, name) for part in row]) for row in parts), fill
            )

        return {
            "tokens": joined("tokens", self.special.pad),
            "labels": joined("labels", IGNORED_LABEL),
            "positions": joined("positions", 0),
            "block_positions": joined("block_positions", 0),
            "document_ids": pad_rows(documents, -1),
            "is_prefix": joined("is_prefix", False),
        }

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the spans and their ends."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Tokens of the spans, one end for each included."""
        return count_labels(batch)

    def _blank(self, piece: Ids, generator: np.random.Generator) -> _Blanked:
        """A piece (n,) with its blanks filled behind it.

        The token that begins a document is never blanked. A text of one token is left whole:
        nothing would be left to fill it from.
        """
        num_before = int(piece[0] == self.special.eos)
        num_text = len(piece) - num_before
        if generator.random() < self.config.generation_prob:
            lengths = self._ending(num_text, generator)
            starts = num_text - lengths
        else:
            lengths = self._short_spans(num_text, generator)
            starts = place_spans(lengths, num_text, generator) if len(lengths) else lengths
        return self._assemble(piece, num_before + starts, lengths, generator)

    def _ending(self, num_text: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        """One span of 50% to 100% of the text (Du et al. 2022, section 2.1.2)."""
        if num_text < 2:
            return np.empty(0, np.int64)
        return generator.integers(-(-num_text // 2), num_text + 1, size=1)

    def _short_spans(self, num_text: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        """Lengths of spans that cover `masked_frac` of the text on average, at least one token.

        Lengths are Poisson, 0 drawn again; the last span is cut where the share is reached.
        """
        if num_text < 2:
            return np.empty(0, np.int64)
        wanted = int(num_text * self.config.masked_frac + generator.random())
        left = wanted = min(max(1, wanted), num_text - 1)
        lengths: list[int] = []
        while left:
            length = int(generator.poisson(self.config.mean_span_tokens))
            if len(lengths) == num_text - wanted:  # one more could not be kept apart
                length = left
            if length:
                lengths.append(min(length, left))
                left -= lengths[-1]
        return np.array(lengths, dtype=np.int64)

    def _assemble(
        self,
        piece: Ids,
        starts: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
        generator: np.random.Generator,
    ) -> _Blanked:
        """The text with masks, then the spans in random order."""
        context: list[Ids] = []
        done = 0
        mask = np.array([self.special.mask], dtype=np.int64)
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
            context += [piece[done:start], mask]
            done = start + length
        text = np.concatenate([*context, piece[done:]])
        # A mask stands where its span began, less what the spans before it have shrunk by.
        masks = starts - (np.cumsum(lengths - 1) - (lengths - 1))
        nothing = np.full(len(text), IGNORED_LABEL, dtype=np.int64)
        parts = [(text, nothing, np.arange(len(text)), np.zeros(len(text), np.int64))]
        for index in generator.permutation(len(starts)).tolist():
            span = piece[starts[index] : starts[index] + lengths[index]]
            size = len(span) + 1
            place = np.full(size, masks[index], dtype=np.int64)
            tokens = np.concatenate([[self.special.sop], span])
            labels = np.concatenate([span, [self.special.eop]])
            parts.append((tokens, labels, place, np.arange(1, size + 1)))
        tokens, labels, positions, block_positions = map(np.concatenate, zip(*parts, strict=True))
        is_prefix = np.arange(len(tokens)) < len(text)
        return _Blanked(tokens, labels, positions, block_positions, is_prefix)
