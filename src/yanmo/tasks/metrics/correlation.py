"""Correlation of predicted numbers with true ones: Pearson's and Spearman's.

In come numbers. A side that does not vary has no correlation; the figure is 0 then, so that a
model that says one number everywhere is worth nothing instead of being undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import SummedMetric, ratio

_ROUNDING = 1e-12  # variance of rounding errors, relative to the sum of squares


@dataclass(frozen=True)
class Pearson(SummedMetric):
    """Pearson's product-moment correlation."""

    name: str = "pearson"
    is_higher_better: bool = True
    signature: str = "no variance = 0"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 6): a one, x, y, xx, yy, xy, with both sides standardised to keep digits."""
        x, y = _standardised(gold), _standardised(predicted)
        return np.stack([np.ones(len(x)), x, y, x * x, y * y, x * y], axis=1)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Covariance by the root of the product of the variances."""
        n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
        return _correlation(n * xy - x * y, n * xx - x * x, n * yy - y * y, n * n)


@dataclass(frozen=True)
class Spearman:
    """Spearman's rank correlation: Pearson's of the ranks, equal numbers sharing their mean rank.

    No function of sums: in every imagined test set the numbers are ranked anew.
    """

    name: str = "spearman"
    is_higher_better: bool = True
    signature: str = "ties share their mean rank; no variance = 0"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 2): gold and prediction."""
        return np.stack([np.asarray(gold, np.float64), np.asarray(predicted, np.float64)], axis=1)

    def figures(
        self, items: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Correlation of the ranks in each test set, (K,)."""
        x, y = _mean_ranks(items[:, 0], weights), _mean_ranks(items[:, 1], weights)  # (K, D)
        n = weights.sum(axis=1, keepdims=True)
        x, y = x - (n + 1) / 2, y - (n + 1) / 2  # ranks 1..n have this mean
        return _correlation(
            (weights * x * y).sum(axis=1),
            (weights * x * x).sum(axis=1),
            (weights * y * y).sum(axis=1),
            (n**3)[:, 0],
        )


def _mean_ranks(numbers: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank (from 1) of each number among `weights` copies of all, (K, D)."""
    _, group = np.unique(numbers, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)  # (K, distinct numbers)
    ranks = counts.cumsum(axis=1) - (counts - 1) / 2
    return np.asarray(ranks[:, group], dtype=np.float64)


def _standardised(numbers: Sequence[Any]) -> NDArray[np.float64]:
    """Mean 0 and, unless all are equal, variance 1: correlation does not see the difference."""
    values = np.array(numbers, dtype=np.float64)
    largest = np.abs(values).max()
    values -= values.mean()
    scale = float(values.std())
    return values / (scale if scale > _ROUNDING * largest else np.inf)


def _correlation(
    covariance: NDArray[np.float64],
    of_x: NDArray[np.float64],
    of_y: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    is_flat = (of_x <= _ROUNDING * scale) | (of_y <= _ROUNDING * scale)
    root = np.sqrt(np.where(is_flat, 1.0, of_x) * np.where(is_flat, 1.0, of_y))
    return ratio(np.where(is_flat, 0.0, covariance), root)
