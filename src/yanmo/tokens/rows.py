"""Token shards as rows of equal length, the batches of pre-training.

In: a `TokenSplit` and row numbers. Out: named arrays of shape (B, T). Rows cut the split, documents
end to end, every `row_tokens` tokens, so that every stored token is a position in exactly one row
and has exactly one target. Attention must stay within `document_ids`; this module only names them.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from yanmo.tokens.token_split import TokenSplit

IGNORED_LABEL = -100


class Batch(TypedDict):
    """Named arrays, all (B, T). Labels are already shifted."""

    tokens: npt.NDArray[np.int64]
    """Input ids; the padding id behind the end of the split."""
    labels: npt.NDArray[np.int64]
    """The next token of the same document, end-of-text after its last; -100 on padding."""
    positions: npt.NDArray[np.int64]
    """0, 1, 2 ... from the start of the document or of the row, whichever is later."""
    document_ids: npt.NDArray[np.int32]
    """0, 1, 2 ... within the row; -1 on padding."""


class PackedRows:
    """Rows of a split.

    Args:
        split: the tokens.
        row_tokens: T, tokens in a row.
        eot_id: the end-of-text token, first of every document and target of its last token.
        pad_id: fills the last row.
    """

    def __init__(self, split: TokenSplit, row_tokens: int, eot_id: int, pad_id: int) -> None:
        assert row_tokens >= 1, "a row holds at least one token"
        self.split = split
        self.row_tokens = row_tokens
        self._eot_id = eot_id
        self._pad_id = pad_id

    @property
    def num_rows(self) -> int:
        """Rows in the split; the last one may be padded."""
        return -(-self.split.num_tokens // self.row_tokens)

    def batch(self, row_indices: npt.NDArray[np.int64]) -> Batch:
        """The rows with the given numbers (B,), in that order."""
        starts = np.asarray(row_indices, dtype=np.int64) * self.row_tokens  # (B,)
        assert ((starts >= 0) & (starts < self.split.num_tokens)).all(), "no such row"
        ends, num_tokens = self.split.document_ends, self.split.num_tokens
        window = self._tokens_and_next(starts)  # (B, T + 1)
        offsets = starts[:, None] + np.arange(self.row_tokens)  # (B, T)
        is_padding = offsets >= num_tokens
        documents = np.searchsorted(ends, np.minimum(offsets, num_tokens - 1), side="right")
        document_starts = np.where(documents > 0, ends[documents - 1], 0)
        tokens = np.where(is_padding, self._pad_id, window[:, :-1])
        is_last = offsets + 1 == ends[documents]
        labels = np.where(is_last, self._eot_id, window[:, 1:])
        positions = offsets - np.maximum(document_starts, starts[:, None])
        return {
            "tokens": tokens,
            "labels": np.where(is_padding, IGNORED_LABEL, labels),
            "positions": np.where(is_padding, 0, positions),
            "document_ids": np.where(is_padding, -1, documents - documents[:, :1]).astype(np.int32),
        }

    def begins_inside_document(self, row_indices: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether the first token of each row (B,) goes on in the document of the row before."""
        starts = np.asarray(row_indices, dtype=np.int64) * self.row_tokens  # (B,)
        ends = self.split.document_ends
        places = np.searchsorted(ends, starts)  # the first document that ends there or later
        is_end = ends[np.minimum(places, len(ends) - 1)] == starts
        is_inside: npt.NDArray[np.bool_] = (starts > 0) & ~is_end
        return is_inside

    def _tokens_and_next(self, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Each row and the token behind it: (B, T + 1); end-of-text behind the end of the split."""
        width = self.row_tokens + 1
        window = np.full((len(starts), width), self._eot_id, dtype=np.int64)
        for row, start in enumerate(starts.tolist()):
            end = min(start + width, self.split.num_tokens)
            window[row, : end - start] = self.split.slice(start, end)
        return window
