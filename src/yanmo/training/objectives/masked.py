"""Masked language modelling (Devlin et al. 2019): hidden tokens from everything around them.

Comes in: packed rows, or pieces of documents where the order of two segments is learned too. Goes
out: rows in which some tokens are hidden, and these tokens as labels. The choice is drawn anew in
every epoch (Liu et al. 2019, section 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    WordStarts,
    count_labels,
)


@dataclass(frozen=True)
class MaskedObjective:
    """Predicts hidden tokens.

    Args:
        config: shares and unit.
        special: special ids, which are never hidden and never stand in for a token.
        word_starts: which tokens begin a word; needed where whole words are hidden.
    """

    config: MaskedConfig
    special: SpecialIds
    word_starts: WordStarts | None = None
    name: str = field(default="masked", init=False)
    is_text: npt.NDArray[np.bool_] = field(init=False, repr=False, compare=False)
    """Whether each id is text."""
    text_ids: Ids = field(init=False, repr=False, compare=False)
    """All ids that are."""

    def __post_init__(self) -> None:
        assert self.word_starts or self.config.unit == "token", "words need a segmenter"
        is_text = np.ones(self.special.vocab_size, dtype=np.bool_)
        is_text[list(self.special.special)] = False
        object.__setattr__(self, "is_text", is_text)
        object.__setattr__(self, "text_ids", np.flatnonzero(is_text))

    def build_rows(self, split: TokenSplit, source: RowSource) -> Rows:
        """Documents end to end, cut every `max_seq_len` tokens."""
        return PackedRows(split, source.max_seq_len, source.special.eos, source.special.pad)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`tokens` with some hidden, `labels`, `positions`, `document_ids`, each (B, T)."""
        assert isinstance(rows, PackedRows), "these rows belong to another objective"
        batch: dict[str, npt.NDArray[Any]] = dict(rows.batch(row_indices))  # type: ignore[arg-type]
        return self.hide(batch, generators)

    def hide(
        self, batch: dict[str, npt.NDArray[Any]], generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`batch` with some of its `tokens` (B, T) hidden, and those as its `labels`."""
        tokens = batch["tokens"].copy()
        labels = np.full_like(tokens, IGNORED_LABEL)
        for row, generator in zip(range(len(tokens)), generators, strict=True):
            chosen = self._choose(tokens[row], generator)
            labels[row, chosen] = tokens[row, chosen]
            tokens[row, chosen] = self._replacements(tokens[row, chosen], generator)
        return {**batch, "tokens": tokens, "labels": labels}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the hidden tokens."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Hidden tokens."""
        return count_labels(batch)

    def _choose(self, tokens: Ids, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        """Places in a row (T,) that are predicted: `mask_prob` of its text on average, at least
        one."""
        is_text = self.is_text[tokens]
        places = np.flatnonzero(is_text)
        if not len(places):
            return places
        # Rounded up or down at random, so that the share is exact on average.
        wanted = max(1, int(len(places) * self.config.mask_prob + generator.random()))
        if self.config.unit == "token" or self.word_starts is None:
            return np.sort(generator.choice(places, size=wanted, replace=False))
        begins = self.word_starts(tokens) | ~is_text
        begins[1:] |= ~is_text[:-1]
        words = np.cumsum(begins, dtype=np.int64)
        return _choose_words(places, words[places], wanted, generator)

    def _replacements(self, chosen: Ids, generator: np.random.Generator) -> Ids:
        """What stands where `chosen` (N,) stood: mostly `<|mask|>`, else a random token, else the
        token itself."""
        draws = generator.random(len(chosen))
        random_ids = generator.choice(self.text_ids, size=len(chosen))
        masked_prob = 1.0 - self.config.random_prob - self.config.unchanged_prob
        is_random = (draws >= masked_prob) & (draws < masked_prob + self.config.random_prob)
        replaced = np.where(draws < masked_prob, self.special.mask, chosen)
        return np.where(is_random, random_ids, replaced)


def _choose_words(
    places: npt.NDArray[np.int64],
    words: npt.NDArray[np.int64],
    wanted: int,
    generator: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Places (N,) of whole words, about `wanted` of them.

    Words are taken in random order, and one that would lead beyond `wanted` is passed over, as in
    the code that came with Devlin et al. 2019; the first is always taken.

    Args:
        places: (N,) places of text in a row.
        words: (N,) which word each belongs to.
        wanted: how many places.
        generator: decides the order.
    """
    numbers, sizes = np.unique(words, return_counts=True)
    taken: list[int] = []
    total = 0
    for index in generator.permutation(len(numbers)).tolist():
        if not taken or total + int(sizes[index]) <= wanted:
            taken.append(int(numbers[index]))
            total += int(sizes[index])
        if total >= wanted:
            break
    return places[np.isin(words, taken)]
