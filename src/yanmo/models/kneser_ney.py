"""The interpolated modified Kneser-Ney n-gram model (Chen & Goodman 1999), in numpy.

In come documents as arrays of token ids, each beginning with the end-of-text id and understood to
end with it; out come log-probabilities, distributions and ranks of the next token. It is the
baseline that a neural model has to beat. Knows no tokenizer, no files and no torch.

For a context h of k-1 tokens, with h' the same without its first token and a() adjusted counts:
p(w | h) = (a(hw) - D(a(hw))) / a(h.) + backoff(h) p(w | h'), down to the uniform distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.models.ngram_counts import NgramCounts, check_ids, count_ngrams

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
_MAX_CANDIDATES = 1_000_000  # entries of one block when ranking: some 60 MB of scratch space


def estimate_discounts(counts: NDArray[np.int64]) -> tuple[float, float, float]:
    """D1, D2 and D3+ of one order from its counts of counts (Chen & Goodman 1999, eq. 26).

    With n_i the number of n-grams counted i times: Y = n1 / (n1 + 2 n2) and
    D_i = i - (i + 1) Y n_(i+1) / n_i. Where the text is so short, or the vocabulary so small, that
    some n1 .. n4 is zero or some D_i is not between 0 and i, all three are `FALLBACK_DISCOUNTS`.
    """
    n1, n2, n3, n4 = (int(np.count_nonzero(counts == i)) for i in (1, 2, 3, 4))
    if 0 in (n1, n2, n3, n4):
        return FALLBACK_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    discounts = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    if not all(0 < discount < i for i, discount in enumerate(discounts, start=1)):
        return FALLBACK_DISCOUNTS
    return discounts


@dataclass(frozen=True)
class _Order:
    """The smoothed table of one order; row -1 of each array stands for what was never seen.

    Attributes:
        keys: (M + 1,) int64, as in `NgramCounts`; the last is above every key.
        masses: (M + 1,) float64, the discounted probability of each n-gram; the last is 0.
        backoffs: (contexts + 1,) float64, what each context leaves to the order below; 1 for a
            context that nothing followed, and so is the last.
        discounts: D1, D2, D3+.
    """

    keys: NDArray[np.int64]
    masses: NDArray[np.float64]
    backoffs: NDArray[np.float64]
    discounts: tuple[float, float, float]

    def find(
        self, contexts: NDArray[np.int64], tokens: NDArray[np.int64], vocab_size: int
    ) -> NDArray[np.int64]:
        """Rows of the n-grams (context, token), -1 where unseen or where the context is -1."""
        wanted = contexts * vocab_size + tokens  # negative for context -1, which no key is
        rows = np.searchsorted(self.keys, wanted)
        return np.where(self.keys[rows] == wanted, rows, -1)

    def find_children(
        self, contexts: NDArray[np.int64], vocab_size: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First row and number of rows of what was seen after each context; none for -1."""
        first = np.searchsorted(self.keys, contexts * vocab_size)
        return first, np.searchsorted(self.keys, (contexts + 1) * vocab_size) - first


class KneserNey:
    """A trained model; made with `KneserNey.fit`.

    Attributes:
        order: longest n-gram, in tokens; 1 is a smoothed unigram model.
        vocab_size: number of token ids.
        discounts: D1, D2, D3+ of orders 1 to `order`.
    """

    def __init__(self, tables: list[NgramCounts], *, vocab_size: int, eot_id: int) -> None:
        orders = [_smooth(table, vocab_size) for table in tables]
        self.order = len(orders)
        self.vocab_size = vocab_size
        self.discounts = [order.discounts for order in orders]
        self._eot_id = eot_id
        self._num_ngrams = sum(int(np.count_nonzero(table.counts)) for table in tables)
        uniform = float(orders[0].backoffs[0]) / vocab_size
        self._unigrams: NDArray[np.float64] = orders[0].masses[:-1] + uniform  # (V,)
        self._sorted_unigrams = np.sort(self._unigrams)
        self._orders = orders[1:]

    @classmethod
    def fit(
        cls,
        documents: Iterable[NDArray[np.integer]],
        *,
        vocab_size: int,
        order: int = 4,
        eot_id: int,
    ) -> KneserNey:
        """Count the n-grams of `documents` and smooth them.

        Args:
            documents: 1-D arrays of ids, each beginning with `eot_id`. n-grams stay inside a
                document; near its start the context is the shorter one that there is.
            vocab_size: number of token ids, special tokens included.
            order: longest n-gram, in tokens.
            eot_id: the id that opens each document and is the target of its last token.

        Raises:
            DataError: there is no document, or an id is outside the vocabulary.
        """
        assert order >= 1, "the order of an n-gram model is at least 1"
        assert 0 <= eot_id < vocab_size, "eot_id is part of the vocabulary"
        tables = count_ngrams(documents, vocab_size=vocab_size, order=order, eot_id=eot_id)
        return cls(tables, vocab_size=vocab_size, eot_id=eot_id)

    def log_probs(self, document: NDArray[np.integer]) -> NDArray[np.float64]:
        """Natural logarithm of the probability of each position's target, shape (n,).

        The target of a position is the next token; that of the last position is end-of-text.
        """
        tokens = self._close(document)
        return np.log(self._target_probs(tokens, self._find_grams(tokens)))

    def distribution(self, context: NDArray[np.integer]) -> NDArray[np.float64]:
        """Probabilities of the next token after `context`, shape (V,); all positive, sum 1.

        Args:
            context: 1-D ids, possibly empty; only the last `order` - 1 matter.
        """
        tokens = context[max(0, context.size - self.order + 1) :].astype(np.int64)
        check_ids(tokens, vocab_size=self.vocab_size)
        probs = self._unigrams.copy()
        if tokens.size == 0:
            return probs
        for order, contexts in zip(self._orders, self._find_grams(tokens), strict=False):
            first, num = order.find_children(contexts[-1:], self.vocab_size)
            rows = slice(int(first[0]), int(first[0] + num[0]))
            probs *= order.backoffs[contexts[-1]]
            probs[order.keys[rows] - contexts[-1] * self.vocab_size] += order.masses[rows]
        return probs

    def target_ranks(self, document: NDArray[np.integer]) -> NDArray[np.int64]:
        """Rank of each position's target among the vocabulary, shape (n,); 0 is the most probable.

        The rank is the number of other tokens that are at least as probable: a tie counts against
        the target.
        """
        tokens = self._close(document)
        grams = self._find_grams(tokens)
        ranks = np.empty(document.size, dtype=np.int64)
        if not self._orders:
            return self._num_unigrams_from(self._unigrams[tokens[1:]]) - 1
        _, num = self._orders[0].find_children(grams[0][:-1], self.vocab_size)
        for positions in _blocks(num, _MAX_CANDIDATES):
            contexts = [gram[:-1][positions] for gram in grams[:-1]]
            is_seen = grams[1][1:][positions] >= 0
            ranks[positions] = self._rank(tokens[1:][positions], contexts, is_seen)
        return ranks

    def num_params(self) -> int:
        """Number of n-grams, of all orders together, whose count the model keeps."""
        return self._num_ngrams

    def num_bytes(self) -> int:
        """Memory that the tables fill, in bytes."""
        arrays = [self._unigrams, self._sorted_unigrams]
        for order in self._orders:
            arrays += [order.masses, order.backoffs]
        return sum(array.nbytes for array in arrays) + sum(o.keys.nbytes for o in self._orders)

    def _close(self, document: NDArray[np.integer]) -> NDArray[np.int64]:
        """`document` with its closing end-of-text, (n + 1,)."""
        assert document.ndim == 1 and document.size > 0, "a document is a non-empty 1-D array"
        check_ids(document, vocab_size=self.vocab_size)
        return np.append(document.astype(np.int64), self._eot_id)

    def _find_grams(self, tokens: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """For k = 1 .. order the row of the k-gram ending at each position; -1 where unseen."""
        grams = [tokens]
        for order in self._orders:
            longer = np.full(tokens.size, -1, dtype=np.int64)
            longer[1:] = order.find(grams[-1][:-1], tokens[1:], self.vocab_size)
            grams.append(longer)
        return grams

    def _target_probs(
        self, tokens: NDArray[np.int64], grams: list[NDArray[np.int64]]
    ) -> NDArray[np.float64]:
        """Probability of every token but the first after those before it, (n,)."""
        probs = self._unigrams[tokens[1:]]
        for k, order in enumerate(self._orders):
            probs = order.backoffs[grams[k][:-1]] * probs + order.masses[grams[k + 1][1:]]
        return probs

    def _rank(
        self,
        targets: NDArray[np.int64],
        contexts: list[NDArray[np.int64]],
        is_seen: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Ranks of some positions' targets, without ever filling a (positions, V) array.

        Whatever was seen after a context was also seen after the shorter ones. So only the tokens
        seen after the last token alone, the candidates, need their probability worked out; all
        others keep the order of the unigrams, scaled by one factor per position.

        Args:
            targets: (P,) ids.
            contexts: for orders 2 and up, (P,) rows of the context, -1 where unseen.
            is_seen: (P,) whether the target is among the position's candidates.
        """
        num_positions = targets.size
        positions, rows, ids = self._candidates(0, contexts[0])
        slots = positions * self.vocab_size + ids  # ascending
        bases = self._unigrams[ids]
        scales = np.ones(num_positions)
        probs = bases
        for k, order in enumerate(self._orders):
            backoffs = order.backoffs[contexts[k]]
            scales *= backoffs
            probs = backoffs[positions] * probs
            if k == 0:
                probs += order.masses[rows]
                continue
            where, rows, ids = self._candidates(k, contexts[k])
            probs[np.searchsorted(slots, where * self.vocab_size + ids)] += order.masses[rows]

        seen = np.flatnonzero(is_seen)
        target_probs = scales * self._unigrams[targets]
        target_probs[seen] = probs[np.searchsorted(slots, seen * self.vocab_size + targets[seen])]
        # The unigram probability from which on a token that is no candidate beats the target.
        thresholds = np.where(is_seen, target_probs / scales, self._unigrams[targets])
        above = positions[probs >= target_probs[positions]]
        not_counted_twice = positions[bases >= thresholds[positions]]
        return (
            self._num_unigrams_from(thresholds)
            - np.bincount(not_counted_twice, minlength=num_positions)
            + np.bincount(above, minlength=num_positions)
            - 1  # the target itself
        )

    def _candidates(
        self, k: int, contexts: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """All n-grams of `_orders[k]` that continue `contexts`, (C,) each.

        Returns:
            index into `contexts`, row in the table, and id of the last token; ascending by the
            first and the last of these.
        """
        first, num = self._orders[k].find_children(contexts, self.vocab_size)
        positions = np.repeat(np.arange(contexts.size), num)
        rows = np.arange(positions.size) + np.repeat(first - (np.cumsum(num) - num), num)
        ids = self._orders[k].keys[rows] - contexts[positions] * self.vocab_size
        return positions, rows, ids

    def _num_unigrams_from(self, thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many tokens have at least each threshold as their unigram probability."""
        return self.vocab_size - np.searchsorted(self._sorted_unigrams, thresholds)


def _smooth(table: NgramCounts, vocab_size: int) -> _Order:
    """Discount the counts of one order and work out what its contexts leave to the order below."""
    discounts = estimate_discounts(table.counts)
    amounts = np.array((0.0, *discounts))[np.minimum(table.counts, 3)]
    contexts = table.keys // vocab_size
    totals = np.bincount(contexts, weights=table.counts, minlength=table.num_contexts)
    reserved = np.bincount(contexts, weights=amounts, minlength=table.num_contexts)
    backoffs = np.ones(table.num_contexts + 1)
    np.divide(reserved, totals, out=backoffs[:-1], where=totals > 0)
    masses = np.zeros(table.keys.size + 1)
    np.divide(table.counts - amounts, totals[contexts], out=masses[:-1])
    keys = np.append(table.keys, np.iinfo(np.int64).max)
    return _Order(keys, masses, backoffs, discounts)


def _blocks(sizes: NDArray[np.int64], max_size: int) -> Iterator[slice]:
    """Consecutive slices of `sizes` that add up to at most `max_size`, or hold one element."""
    totals = np.cumsum(sizes)
    start = 0
    while start < sizes.size:
        done = int(totals[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(totals, done + max_size, side="right")))
        yield slice(start, stop)
        start = stop
