"""Documents as pairs of a source and a target: the first line, and everything behind it.

In: a `TokenSplit` whose documents hold a pair each, and row numbers. Out: the ids of both sides.
Documents without two sides are no rows; they are counted, and so are sides that are too long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer

_SCAN_DOCUMENTS = 4096
_NEAR_LIMIT_TOKENS = 16


class Pair(NamedTuple):
    """The ids of one pair, without special tokens; `is_cut` where a side was too long."""

    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    is_source_cut: bool
    is_target_cut: bool


class PairRows:
    """The pairs of a split; a row is a document.

    A side is encoded as it would be alone, also where the tokenizer joined its last character and
    the newline into one token.

    Args:
        split: the tokens.
        tokenizer: the one that made them.
        max_source_tokens: longest source, cut at its end.
        max_target_tokens: longest target, cut at its end.

    Raises:
        DataError: no document is a pair.
    """

    def __init__(
        self,
        split: TokenSplit,
        tokenizer: Tokenizer,
        max_source_tokens: int,
        max_target_tokens: int,
    ) -> None:
        self.split = split
        self._tokenizer = tokenizer
        self._max_source = max_source_tokens
        self._max_target = max_target_tokens
        pieces = [tokenizer.token_bytes(id) for id in range(tokenizer.vocab_size)]
        self._has_newline = np.array([b"\n" in piece for piece in pieces])
        self._is_newline = np.array([piece == b"\n" for piece in pieces])
        self._documents, self._newlines, self._is_joined = self._find_pairs()
        if split.num_documents and not len(self._documents):
            raise DataError(
                t("no document is a pair: a first line and more behind it"),
                where=str(split.directory),
                hint=t('The source "parallel" with pairs_per_document = 1 makes such documents.'),
            )
        self.num_without_pair = split.num_documents - len(self._documents)
        """Documents that have no second line, or an empty side; they are no rows."""
        self.num_cut_sources, self.num_cut_targets = self._count_cut()

    @property
    def num_rows(self) -> int:
        """Pairs in the split."""
        return len(self._documents)

    def lengths(self, row_indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Tokens of both sides together, as they are stored, for the given rows (B,)."""
        documents = self._documents[row_indices]
        ends = self.split.document_ends
        starts = np.where(documents > 0, ends[documents - 1], 0)
        return np.asarray(ends[documents] - starts, dtype=np.int64)

    def pairs(self, row_indices: npt.NDArray[np.int64]) -> list[Pair]:
        """The pairs with the given numbers (B,), in that order."""
        return [self._pair(row) for row in np.asarray(row_indices).tolist()]

    def _pair(self, row: int) -> Pair:
        ids = self.split.document(int(self._documents[row]))[1:].astype(np.int64)
        newline = int(self._newlines[row])
        source, target = ids[:newline], ids[newline + 1 :]
        head, _, tail = self._tokenizer.token_bytes(int(ids[newline])).partition(b"\n")
        if head:
            source = self._encoded(ids[:newline], b"", head)
        if tail:
            target = self._encoded(target, tail, b"")
        return Pair(
            source[: self._max_source],
            target[: self._max_target],
            len(source) > self._max_source,
            len(target) > self._max_target,
        )

    def _encoded(
        self, ids: npt.NDArray[np.int64], before: bytes, after: bytes
    ) -> npt.NDArray[np.int64]:
        """The ids of a side, some of whose bytes are in the token of the newline."""
        inner = b"".join(self._tokenizer.token_bytes(id) for id in ids.tolist())
        text = (before + inner + after).decode("utf-8", errors="replace")
        return np.array(self._tokenizer.encode(text), dtype=np.int64)

    def _find_pairs(
        self,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The documents that are pairs, where in each (end-of-text not counted) the token of the
        first newline stands, and whether that token holds anything else."""
        ends = self.split.document_ends
        documents: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        newlines: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        is_joined: list[npt.NDArray[np.bool_]] = [np.empty(0, np.bool_)]
        for first in range(0, len(ends), _SCAN_DOCUMENTS):
            own_ends = np.asarray(ends[first : first + _SCAN_DOCUMENTS])
            begin = int(ends[first - 1]) if first else 0
            starts = np.concatenate([[begin], own_ends[:-1]]) + 1
            ids = self.split.slice(begin, int(own_ends[-1]))
            found = begin + np.flatnonzero(self._has_newline[ids])
            places = np.append(found, own_ends[-1])[np.searchsorted(found, starts)]
            is_found = places < own_ends
            tokens = ids[np.where(is_found, places - begin, 0)]
            is_pair = is_found & self._has_sides(tokens, starts, places, own_ends)
            documents.append(first + np.flatnonzero(is_pair))
            newlines.append((places - starts)[is_pair])
            is_joined.append(~self._is_newline[tokens][is_pair])
        return np.concatenate(documents), np.concatenate(newlines), np.concatenate(is_joined)

    def _has_sides(
        self,
        newlines: npt.NDArray[np.unsignedinteger],
        starts: npt.NDArray[np.int64],
        places: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Whether something stands on both sides of the tokens `newlines` at `places`."""
        has_sides = (places > starts) & (places + 1 < ends)
        for index in np.flatnonzero(~has_sides & (places < ends)).tolist():
            head, _, tail = self._tokenizer.token_bytes(int(newlines[index])).partition(b"\n")
            has_source = bool(head) or places[index] > starts[index]
            has_target = bool(tail) or places[index] + 1 < ends[index]
            has_sides[index] = has_source and has_target
        return has_sides

    def _count_cut(self) -> tuple[int, int]:
        """Sources and targets that are too long."""
        lengths = np.diff(self.split.document_ends, prepend=np.int64(0))[self._documents] - 1
        sides = [
            (self._newlines, self._max_source, "is_source_cut"),
            (lengths - self._newlines - 1, self._max_target, "is_target_cut"),
        ]
        counts = []
        for own, limit, is_cut in sides:
            # A side that was joined to the newline is encoded anew, which changes its length.
            is_unsure = self._is_joined & (np.abs(own - limit) <= _NEAR_LIMIT_TOKENS)
            count = int((~is_unsure & (own > limit)).sum())
            for row in np.flatnonzero(is_unsure).tolist():
                count += bool(getattr(self._pair(row), is_cut))
            counts.append(count)
        return counts[0], counts[1]
