"""Uncertainty of a figure that is a ratio of sums over documents, by resampling the documents.

In come one row of sums per quantity and a seed, out come the sums of many imagined test sets
(percentile bootstrap, Efron 1979). Documents are drawn, not tokens, because the tokens of one
document are alike. Knows nothing of models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    assert num_documents > 0, "there is nothing to draw from"
    rng = np.random.default_rng(seed)
    sums = np.empty((num_draws, num_quantities))
    block = max(1, _MAX_INDICES // num_documents)
    for start in range(0, num_draws, block):
        stop = min(start + block, num_draws)
        drawn = rng.integers(num_documents, size=(stop - start, num_documents))
        for quantity in range(num_quantities):
            sums[start:stop, quantity] = values[quantity][drawn].sum(axis=1)
    return sums


def central_interval(draws: NDArray[np.float64], *, coverage: float = 0.95) -> list[float]:
    """The lower and upper end that leave `(1 - coverage) / 2` of `draws` outside on each side."""
    tail = (1 - coverage) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return [float(low), float(high)]
