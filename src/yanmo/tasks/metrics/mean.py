"""Metrics that are the mean of one number for each item, and the accuracy of anything.

In comes a function from one gold and one prediction to a number. Knows nothing of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import Metric, SummedMetric, ratio


@dataclass(frozen=True)
class MeanMetric(SummedMetric):
    """The mean of a number for each item.

    Args:
        name: key in reports.
        score: one gold and one prediction to their number.
        signature: what the figure depends on.
        is_higher_better: whether a larger mean is a better one.
    """

    name: str
    score: Callable[[Any, Any], float]
    signature: str = "mean over items"
    is_higher_better: bool = True

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 2): the number, and a one that is counted."""
        numbers = [float(self.score(g, p)) for g, p in zip(gold, predicted, strict=True)]
        return np.stack([np.array(numbers, dtype=np.float64), np.ones(len(numbers))], axis=1)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of the numbers divided by how many there are."""
        return ratio(sums[..., 0], sums[..., 1])


def accuracy() -> MeanMetric:
    """The fraction of items whose prediction equals the gold: classes, choices, preferences."""
    return MeanMetric("accuracy", lambda gold, predicted: gold == predicted, "share of equal items")


def is_proportion(metric: Metric, items: NDArray[np.float64]) -> bool:
    """Whether the figure is a share of items that are right or wrong and nothing between."""
    return isinstance(metric, MeanMetric) and bool(np.isin(items[:, 0], (0.0, 1.0)).all())
