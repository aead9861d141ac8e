"""The interface of all objectives, and what several of them share.

Comes in: rows of a split and a random generator for each row. Goes out: named numpy arrays that the
model takes, and the loss of a model on them. A row's arrays are a function of the row and of its
generator alone, so that neither the micro-batch nor a resumed run can change them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL, PackedRows
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer

Ids = npt.NDArray[np.int64]
Batch = Mapping[str, torch.Tensor]
NumpyBatch = Mapping[str, npt.NDArray[Any]]
WordStarts = Callable[[Ids], npt.NDArray[np.bool_]]
"""From ids (T,) to whether each begins a word: what is masked together begins at one such token and
ends before the next."""


class Rows(Protocol):
    """What is learned from, row by row; only the objective that made it knows what a row is."""

    @property
    def num_rows(self) -> int:
        """Rows of the split."""


@runtime_checkable
class UnevenRows(Rows, Protocol):
    """Rows of different lengths, padded to the longest of those that a model reads together."""

    def lengths(self, row_indices: Ids) -> Ids:
        """About how many tokens the rows with the given numbers (B,) have."""


@dataclass(frozen=True)
class RowSource:
    """What rows are made from, besides a split.

    `tokenizer` made the ids; its special ids are at `special`. `max_seq_len` is the model's.
    """

    special: SpecialIds
    max_seq_len: int
    tokenizer: Tokenizer | None = None


class Objective(Protocol):
    """What is learned, as the training loop sees it."""

    @property
    def name(self) -> str:
        """The name that a recipe uses."""

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """The rows with the given numbers (B,) as the arrays that `loss` takes.

        Args:
            rows: those that this objective was made for.
            row_indices: (B,) numbers of rows.
            generators: one for each row, in the same order.
        """

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """The loss in nats, summed over the targets of the batch, and their number."""

    def count_targets(self, batch: NumpyBatch) -> int:
        """The number of targets that `loss` will give, known before the model runs."""


class CorpusObjective(Objective, Protocol):
    """What is learned from the tokens of a corpus."""

    def build_rows(self, split: TokenSplit, source: RowSource) -> Rows:
        """The rows of a split that this objective learns from."""


def row_generators(seed: object, epochs: Ids, row_indices: Ids) -> list[np.random.Generator]:
    """A generator for each row, which depends on nothing but the seed, its epoch and its number.

    Philox (Salmon et al. 2011) under a key that is a hash of the three.
    """
    generators = []
    for epoch, row in zip(epochs.tolist(), row_indices.tolist(), strict=True):
        digest = hashlib.blake2b(f"{seed}/{epoch}/{row}".encode(), digest_size=16).digest()
        key = int.from_bytes(digest, "little")
        generators.append(np.random.Generator(np.random.Philox(key=key)))
    return generators


def count_labels(batch: Mapping[str, npt.NDArray[Any] | torch.Tensor]) -> int:
    """Labels that are learned from."""
    return int((batch["labels"] != IGNORED_LABEL).sum())


def has_fixed_shape(objective: Objective, rows: Rows) -> bool:
    """Whether all batches of as many rows have one shape; the others are as wide as their widest
    row."""
    return isinstance(rows, PackedRows) and objective.name in ("causal", "masked", "prefix")


def count_tokens(batch: NumpyBatch) -> int:
    """Tokens that the model reads, padding left out; of an encoder-decoder, source and target."""
    if "source_mask" in batch:
        return int(batch["source_mask"].sum()) + count_labels(batch)
    if "mask" in batch:  # of a classifier, whose rows are a text each
        return int(batch["mask"].sum())
    return int((batch["document_ids"] >= 0).sum())


def piece_bounds(document_ids: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    """Where the pieces of documents in one packed row (T,) begin and end; padding is in none."""
    length = int((document_ids >= 0).sum())  # padding stands behind everything
    if not length:
        return []
    changes = np.flatnonzero(np.diff(document_ids[:length])) + 1
    borders = [0, *changes.tolist(), length]
    return list(pairwise(borders))


def pad_rows(rows: Iterable[npt.NDArray[Any]], fill: int | bool) -> npt.NDArray[Any]:
    """Rows of different lengths as one array, filled up to the longest of them."""
    arrays = list(rows)
    width = max(map(len, arrays))
    padded = np.full((len(arrays), width), fill, dtype=arrays[0].dtype)
    for index, array in enumerate(arrays):
        padded[index, : len(array)] = array
    return padded


def place_spans(
    lengths: Ids, num_tokens: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Where spans of the given lengths begin among `num_tokens` tokens.

    Every arrangement in which no two spans touch is as likely as any other.
    """
    num_left = num_tokens - int(lengths.sum())
    assert len(lengths) <= num_left + 1, "the spans cannot be kept apart"
    # Each span stands behind a different number of the tokens that are left.
    places = np.sort(generator.choice(num_left + 1, size=len(lengths), replace=False))
    starts: npt.NDArray[np.int64] = places + np.cumsum(lengths) - lengths
    return starts
