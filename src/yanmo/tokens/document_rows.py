"""Token shards as rows that never cross a document: pieces of it, the last one shorter.

In: a `TokenSplit` and row numbers. Out: named arrays of shape (B, L). For objectives whose models
read a whole row at once, so that a second document in it would be seen. The end-of-text token that
begins a stored document is left out; every other stored token is in exactly one row.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from yanmo.tokens.token_split import TokenSplit


class PieceBatch(TypedDict):
    """Pieces of documents."""

    tokens: npt.NDArray[np.int64]
    """(B, L) ids, padded to the longest piece of the batch."""
    lengths: npt.NDArray[np.int64]
    """(B,) tokens of each piece."""
    documents: npt.NDArray[np.int64]
    """(B,) the document that each piece comes from, a number within the split."""


class DocumentRows:
    """Rows of a split, each a piece of one document.

    Args:
        split: the tokens.
        row_tokens: L, tokens of a piece at most.
        pad_id: fills the batch behind shorter pieces.
    """

    def __init__(self, split: TokenSplit, row_tokens: int, pad_id: int) -> None:
        assert row_tokens >= 1, "a row holds at least one token"
        self.split = split
        self.row_tokens = row_tokens
        self._pad_id = pad_id
        lengths = np.diff(split.document_ends, prepend=np.int64(0)) - 1  # without end-of-text
        self._row_ends: npt.NDArray[np.int64] = np.cumsum(-(-lengths // row_tokens))

    @property
    def num_rows(self) -> int:
        """Pieces in the split."""
        return int(self._row_ends[-1]) if len(self._row_ends) else 0

    def documents_of(self, row_indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The document (B,) that each row comes from, a number within the split."""
        return np.searchsorted(self._row_ends, row_indices, side="right").astype(np.int64)

    def rows_of_document(self, row: int) -> tuple[int, int]:
        """The rows of the document that `row` is of: the first, and the one behind the last."""
        document = int(np.searchsorted(self._row_ends, row, side="right"))
        first = int(self._row_ends[document - 1]) if document else 0
        return first, int(self._row_ends[document])

    def batch(self, row_indices: npt.NDArray[np.int64]) -> PieceBatch:
        """The rows with the given numbers (B,), in that order."""
        rows = np.asarray(row_indices, dtype=np.int64)
        assert ((rows >= 0) & (rows < self.num_rows)).all(), "no such row"
        documents = self.documents_of(rows)
        first_rows = np.where(documents > 0, self._row_ends[documents - 1], 0)
        ends = self.split.document_ends
        starts = np.where(documents > 0, ends[documents - 1], 0) + 1
        starts += (rows - first_rows) * self.row_tokens
        stops = np.minimum(starts + self.row_tokens, ends[documents])
        lengths = stops - starts
        tokens = np.full((len(rows), int(lengths.max(initial=0))), self._pad_id, dtype=np.int64)
        for index, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            tokens[index, : stop - start] = self.split.slice(start, stop)
        return {"tokens": tokens, "lengths": lengths, "documents": documents}
