"""Uncertainty of a figure over documents or items, by resampling them.

In come rows of numbers and a seed, out come the sums or the figures of many imagined test sets
(percentile bootstrap, Efron 1979). Documents are drawn, not tokens, because the tokens of one
document are alike. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterator

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
