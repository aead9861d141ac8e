"""Next-sentence prediction beside masked tokens (Devlin et al. 2019, section 3.1, task 2).

Comes in: pieces of documents. Goes out: rows of two segments,
`<|endoftext|> A <|sep|> B <|sep|>`, of which the second half of the time comes from another
document, with hidden tokens as `masked` makes them. Both kinds of rows have the same lengths, so
that the length tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.document_rows import DocumentRows
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objectives.causal import packed_loss
from yanmo.training.objectives.masked import MaskedObjective
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    RowSource,
    count_labels,
    pad_rows,
)

NUM_ADDED_TOKENS = 3
"""The end-of-text token that begins a row, and a separator behind each segment."""


@dataclass(frozen=True)
class NextSentenceObjective:
    """Predicts hidden tokens, and whether the second of two segments follows the first.

    Args:
        masked: what hides the tokens.
    """

    masked: MaskedObjective
    name: str = field(default="masked", init=False)

    def build_rows(self, split: TokenSplit, source: RowSource) -> DocumentRows:
        """Pieces of documents that leave room for the special tokens.

        Raises:
            DataError: the split has fewer than two documents with text.
        """
        row_tokens = source.max_seq_len - NUM_ADDED_TOKENS
        rows = DocumentRows(split, row_tokens, source.special.pad)
        if rows.num_rows and rows.rows_of_document(0)[1] == rows.num_rows:
            raise DataError(
                t(
                    "next-sentence prediction needs two documents; there is one in {split}",
                    split=split.split,
                ),
                where=str(split.directory),
                hint=t(
                    "Give the corpus more documents, or set"
                    " pretrain.masked.has_next_sentence = false."
                ),
            )
        return rows

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """As `masked` gives, with `segments` (B, T) 0 or 1 and `is_next` (B,) 0 or 1."""
        assert isinstance(rows, DocumentRows), "these rows belong to another objective"
        own = rows.batch(row_indices)
        made = []
        for index, generator in enumerate(generators):
            text = own["tokens"][index, : own["lengths"][index]]
            made.append(self._two_segments(rows, int(row_indices[index]), text, generator))
        special = self.masked.special
        tokens = pad_rows((self._join(first, second) for first, second, _ in made), special.pad)
        segments = pad_rows(
            (np.arange(len(a) + len(b) + NUM_ADDED_TOKENS) > len(a) + 1 for a, b, _ in made), False
        )
        lengths = np.array([len(a) + len(b) + NUM_ADDED_TOKENS for a, b, _ in made])
        places = np.arange(tokens.shape[1])[None, :].repeat(len(tokens), axis=0)  # (B, T)
        is_padding = places >= lengths[:, None]
        batch: dict[str, npt.NDArray[Any]] = {
            "tokens": tokens,
            "positions": np.where(is_padding, 0, places),
            "document_ids": np.where(is_padding, -1, 0).astype(np.int32),
            "segments": segments.astype(np.int64),
            "is_next": np.array([is_next for _, _, is_next in made], dtype=np.int64),
        }
        return self.masked.hide(batch, generators)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """Cross-entropy in nats over the hidden tokens, and what the model adds for the order of
        the segments."""
        return packed_loss(model, batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Hidden tokens."""
        return count_labels(batch)

    def _join(self, first: Ids, second: Ids) -> Ids:
        special = self.masked.special
        return np.concatenate([[special.eos], first, [special.sep], second, [special.sep]])

    def _two_segments(
        self, rows: DocumentRows, row: int, text: Ids, generator: np.random.Generator
    ) -> tuple[Ids, Ids, bool]:
        """The segments of a row, and whether the second follows the first.

        A text of one token cannot be cut; its second segment is from another document.
        """
        is_next = bool(generator.random() < 0.5) and len(text) > 1
        cut = int(generator.integers(1, len(text))) if len(text) > 1 else 1
        if is_next:
            return text[:cut], text[cut:], True
        other = _row_of_another_document(rows, row, generator)
        found = rows.batch(np.array([other]))["tokens"][0]
        wanted = min(len(found), max(1, len(text) - cut))
        start = int(generator.integers(0, len(found) - wanted + 1))
        return text[:cut], found[start : start + wanted], False


def _row_of_another_document(rows: DocumentRows, row: int, generator: np.random.Generator) -> int:
    """A row that is not of the document of `row`; all of those are equally likely."""
    first, end = rows.rows_of_document(row)
    other = int(generator.integers(0, rows.num_rows - (end - first)))
    return other + (end - first) if other >= first else other
