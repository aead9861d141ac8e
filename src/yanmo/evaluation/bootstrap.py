"""Uncertainty of a figure over documents or items, by resampling them.

In come rows of numbers and a seed, out come the sums or the figures of many imagined test sets
(percentile bootstrap, Efron 1979). Documents are drawn, not tokens, because the tokens of one
document are alike. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import Metric

_MAX_INDICES = 1_000_000  # document numbers drawn at a time


def bootstrap_sums(
    values: NDArray[np.float64], *, num_draws: int, seed: int
) -> NDArray[np.float64]:
    """Sums over resampled documents.

    All quantities share the draws, so that a difference of two models is a paired one.

    Args:
        values: (Q, D), each quantity's value for each document.
        num_draws: how many sets of D documents to draw, with replacement.
        seed: the same seed gives the same draws.

    Returns:
        (num_draws, Q) float64.
    """
    num_quantities, num_documents = values.shape
    sums = np.empty((num_draws, num_quantities))
    start = 0
    for drawn in _drawn_blocks(num_documents, num_draws=num_draws, seed=seed):
        stop = start + len(drawn)
        for quantity in range(num_quantities):
            sums[start:stop, quantity] = values[quantity][drawn].sum(axis=1)
        start = stop
    return sums


def bootstrap_figures(
    metric: Metric, items: NDArray[np.float64], *, num_draws: int, seed: int
) -> NDArray[np.float64]:
    """The metric of resampled items.

    The draws depend on the number of items and the seed alone: two models on the same items are
    drawn alike, which makes the difference of their figures a paired one.

    Args:
        metric: what is measured.
        items: (D, Q), as `metric.items` gives them.
        num_draws: how many sets of D items to draw, with replacement.
        seed: the same seed gives the same draws.

    Returns:
        (num_draws,) float64.
    """
    blocks = _drawn_weights(len(items), num_draws=num_draws, seed=seed)
    return np.concatenate([metric.figures(items, weights) for weights in blocks])


def bootstrap_differences(
    metric: Metric,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    num_draws: int,
    seed: int,
) -> NDArray[np.float64]:
    """The metric of one model minus that of another, on resampled items that both share.

    Args:
        metric: what is measured.
        first: (D, Q) of the one model.
        second: (D, Q') of the other; row by row the same items.
        num_draws: how many sets of D items to draw, with replacement.
        seed: the same seed gives the same draws.

    Returns:
        (num_draws,) float64.
    """
    blocks = _drawn_weights(len(first), num_draws=num_draws, seed=seed)
    return np.concatenate(
        [metric.figures(first, weights) - metric.figures(second, weights) for weights in blocks]
    )


@dataclass(frozen=True)
class CrossedDraws:
    """The mean of a metric over sets of predictions, under resampling.

    Attributes:
        both: (K,), of drawn sets on drawn items.
        items_alone: (K,), of all sets on the same drawn items.
    """

    both: NDArray[np.float64]
    items_alone: NDArray[np.float64]


def bootstrap_crossed(
    metric: Metric, sets: Sequence[NDArray[np.float64]], *, num_draws: int, seed: int
) -> CrossedDraws:
    """The mean of a metric over several sets of predictions, with sets and items both resampled.

    Every set answers the same items, so the two are crossed: an item that is hard is hard in all
    sets. Sets and items are therefore drawn independently of each other, each with replacement, and
    a drawn item counts in every set (Owen 2007, "The pigeonhole bootstrap", Annals of Applied
    Statistics 1; Boot-II of McCullagh 2000, Bernoulli 6). Items drawn anew within each set, as for
    nested data, would average hard items away and give too narrow an interval.

    With R sets, D items and variances a, b and e of sets, of items and of what is left, the mean
    varies by a/R + b/D + e/(RD), and this bootstrap by (1 - 1/R) a/R + (1 - 1/D) b/D + about
    3e/(RD): too little where there are few sets.

    Args:
        metric: what is measured.
        sets: R times (D, Q), as `metric.items` gives them; row by row the same items.
        num_draws: how often sets and items are drawn.
        seed: the same seed gives the same draws.
    """
    assert sets, "there are no sets to draw from"
    rng = np.random.default_rng([seed, len(sets)])
    both, items_alone = [], []
    for weights in _drawn_weights(len(sets[0]), num_draws=num_draws, seed=seed):
        figures = np.stack([metric.figures(items, weights) for items in sets], axis=1)  # (K, R)
        places = rng.integers(len(sets), size=figures.shape)
        both.append(np.take_along_axis(figures, places, axis=1).mean(axis=1))
        items_alone.append(figures.mean(axis=1))
    return CrossedDraws(np.concatenate(both), np.concatenate(items_alone))


def central_interval(draws: NDArray[np.float64], *, coverage: float = 0.95) -> list[float]:
    """The lower and upper end that leave `(1 - coverage) / 2` of `draws` outside on each side."""
    tail = (1 - coverage) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return [float(low), float(high)]


def _drawn_blocks(num_items: int, *, num_draws: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Numbers of the items in each drawn set, (draws of a block, D); the blocks follow memory."""
    assert num_items > 0, "there is nothing to draw from"
    rng = np.random.default_rng(seed)
    block = max(1, _MAX_INDICES // num_items)
    for start in range(0, num_draws, block):
        yield rng.integers(num_items, size=(min(block, num_draws - start), num_items))


def _drawn_weights(num_items: int, *, num_draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each item is in each drawn set, (draws of a block, D)."""
    for drawn in _drawn_blocks(num_items, num_draws=num_draws, seed=seed):
        cells = drawn + num_items * np.arange(len(drawn))[:, None]
        counts = np.bincount(cells.ravel(), minlength=drawn.size)
        yield counts.reshape(drawn.shape).astype(np.float64)
