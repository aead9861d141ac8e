"""Word vectors against human judgements of how alike two words, or two texts, are.

Comes in: vectors, and pairs with a human score. Goes out: Spearman's rank correlation between the
scores and the cosines, and what could not be scored. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.models.word_vectors.vectors import WordVectors, cosine

MIN_PAIRS = 3


@dataclass(frozen=True)
class Pair:
    """Two texts as words, often one each, and how alike people find them."""

    a: Sequence[str]
    b: Sequence[str]
    score: float


@dataclass(frozen=True)
class PairsResult:
    """What a comparison gave.

    Attributes:
        spearman: rank correlation over the pairs that were scored, -1..1.
        num_pairs: all pairs.
        num_scored: those in which both sides have a vector.
        unknown_words: words without a vector, each once, in order of appearance.
    """

    spearman: float
    num_pairs: int
    num_scored: int
    unknown_words: tuple[str, ...]


def score_pairs(vectors: WordVectors, pairs: Iterable[Pair]) -> PairsResult:
    """Compare cosines with human scores; a text counts as the mean of its words' vectors.

    Raises:
        DataError: too few pairs can be scored, or all have one score.
    """
    ours: list[float] = []
    theirs: list[float] = []
    unknown: dict[str, None] = {}
    num_pairs = 0
    for pair in pairs:
        num_pairs += 1
        words = map(vectors.folded, (*pair.a, *pair.b))
        unknown |= dict.fromkeys(word for word in words if vectors.find(word) is None)
        a, b = vectors.mean_vector(pair.a), vectors.mean_vector(pair.b)
        if a is not None and b is not None:
            ours.append(cosine(a, b))
            theirs.append(pair.score)
    correlation = spearman(np.array(ours), np.array(theirs)) if len(ours) >= MIN_PAIRS else None
    if correlation is None:
        shown = listed(unknown, limit=10)
        raise DataError(
            t("{count} of {pairs} pairs can be scored", count=len(ours), pairs=num_pairs),
            why=t("a rank correlation needs {least} with different scores", least=MIN_PAIRS),
            hint=t("Unknown words: {words}.", words=shown) if unknown else None,
        )
    return PairsResult(correlation, num_pairs, len(ours), tuple(unknown))


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Spearman's rho: Pearson's correlation of the ranks, equal values sharing their mean rank.

    Args:
        a: (n,) values.
        b: (n,) values.

    Returns:
        -1..1, or None where one side has a single value, so that nothing is ranked.
    """
    ranks_a, ranks_b = _ranks(a), _ranks(b)
    if np.ptp(ranks_a) == 0 or np.ptp(ranks_b) == 0:
        return None
    return float(np.corrcoef(ranks_a, ranks_b)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: NDArray[np.float64] = last - (counts - 1) / 2
    return means[places]
