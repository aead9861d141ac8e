"""Counts of all n-grams up to an order, as Kneser-Ney smoothing wants them.

In come documents as arrays of token ids, out comes one sorted table per order. A k-gram is held as
the pair (number of its first k-1 tokens in the table below, last token) packed into one int64, so
that any vocabulary and any order fit, and counting is sorting. Knows nothing of probabilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t


@dataclass(frozen=True)
class NgramCounts:
    """The k-grams of one order k with their adjusted counts.

    Attributes:
        keys: (M,) int64 ascending; `context * vocab_size + token`, where `context` is the row of
            the first k-1 tokens in the table of order k-1 (0 for order 1). Order 1 lists the whole
            vocabulary, so that its rows are token ids.
        counts: (M,) int64. At the highest order how often the k-gram occurs. Below it the number of
            different tokens that precede it, plus its occurrences at the start of a document, where
            nothing can precede (Chen & Goodman 1999, section 4.1.6, and the usual treatment of a
            start symbol). The start token itself is never a target and has no count for being one.
        num_contexts: rows of the table of order k-1.
    """

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]
    num_contexts: int


def count_ngrams(
    documents: Iterable[NDArray[np.integer]], *, vocab_size: int, order: int, eot_id: int
) -> list[NgramCounts]:
    """The tables of orders 1 to `order`; no n-gram crosses a document's bounds.

    Args:
        documents: 1-D arrays of ids, each beginning with `eot_id`; the closing one is added here.

    Raises:
        DataError: there is no document, or an id is outside the vocabulary.
    """
    tokens, offsets = _join_documents(documents, eot_id=eot_id)
    check_ids(tokens, vocab_size=vocab_size)
    assert tokens.size < 2**62 // vocab_size, "the packed n-gram keys would not fit in 64 bits"

    tables = []
    keys = np.arange(vocab_size, dtype=np.int64)
    grams = tokens.astype(np.int64)  # row of the k-gram that ends at each position
    num_contexts = 1
    for k in range(2, order + 1):
        ends = np.flatnonzero(offsets >= k - 1)
        longer_keys, rows = np.unique(
            grams[ends - 1] * vocab_size + tokens[ends], return_inverse=True
        )
        suffixes = np.empty(longer_keys.size, dtype=np.int64)
        suffixes[rows] = grams[ends]  # a k-gram has one suffix; any occurrence tells it
        counts = np.bincount(suffixes, minlength=keys.size)
        if k > 2:
            counts += np.bincount(grams[offsets == k - 2], minlength=keys.size)
        tables.append(NgramCounts(keys, counts, num_contexts))
        num_contexts, keys = keys.size, longer_keys
        grams = np.full(tokens.size, -1, dtype=np.int64)
        grams[ends] = rows
    occurrences = grams[offsets >= max(order - 1, 1)]
    tables.append(NgramCounts(keys, np.bincount(occurrences, minlength=keys.size), num_contexts))
    return tables


def check_ids(tokens: NDArray[np.integer], *, vocab_size: int) -> None:
    """Raise `DataError` where an id is outside 0 .. `vocab_size` - 1."""
    if tokens.size and (int(tokens.min()) < 0 or int(tokens.max()) >= vocab_size):
        raise DataError(
            t(
                "token id {token} is outside the vocabulary of {vocab_size}",
                token=int(tokens.min()) if int(tokens.min()) < 0 else int(tokens.max()),
                vocab_size=vocab_size,
            ),
            hint=t("The tokens were made with another tokenizer; tokenize the corpus again."),
        )


def _join_documents(
    documents: Iterable[NDArray[np.integer]], *, eot_id: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """All documents in one array, each closed with `eot_id`; and positions within the document."""
    closing = np.array([eot_id], dtype=np.int32)
    pieces: list[NDArray[np.int32]] = []
    for document in documents:
        assert document.ndim == 1, "a document is a 1-D array of token ids"
        assert document.size > 0 and document[0] == eot_id, "a document begins with eot"
        pieces += [document.astype(np.int32), closing]
    if not pieces:
        raise DataError(t("there is no document to count n-grams in"))
    lengths = np.array([piece.size for piece in pieces[::2]]) + 1
    starts = np.cumsum(lengths) - lengths
    tokens = np.concatenate(pieces)
    offsets = np.arange(tokens.size) - np.repeat(starts, lengths)
    return tokens, offsets.astype(np.int32)
