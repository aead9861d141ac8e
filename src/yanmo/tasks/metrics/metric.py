"""The interface of every metric: numbers for each item, and a figure of items with weights.

In come gold and predictions in the same order; out come rows of numbers, one row for each item.
A figure is a function of those rows and of how often each counts, so that a bootstrap costs no
second look at the texts. Knows nothing of what a single metric counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Metric(Protocol):
    """One figure of quality.

    Its `name` is short and in snake case (`f1_macro`). Its `signature` says what the figure depends
    on beside the name: how text is cut, how classes are averaged, what a division by zero gives.
    """

    @property
    def name(self) -> str:
        """Key in reports."""
        ...

    @property
    def is_higher_better(self) -> bool:
        """Whether a larger figure is a better one."""
        ...

    @property
    def signature(self) -> str:
        """What the figure depends on."""
        ...

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """Numbers of each item.

        Args:
            gold: what is right, D items.
            predicted: what a model says, D items.

        Returns:
            (D, Q) float64; Q is the metric's own affair and may depend on the data.
        """
        ...

    def figures(
        self, items: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The figure of several imagined test sets.

        Args:
            items: (D, Q), as `items` gives them.
            weights: (K, D), how often each item counts in each of K test sets.

        Returns:
            (K,) float64; NaN where a test set has no figure.
        """
        ...


class SummedMetric(ABC):
    """What metrics share that are functions of sums over items: all but rank correlation."""

    @abstractmethod
    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The figure of summed numbers, (..., Q) to (...)."""
        ...

    def figures(
        self, items: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The figure of the weighted sums."""
        return self.figure(weights @ items)


def measure(metric: Metric, gold: Sequence[Any], predicted: Sequence[Any]) -> float:
    """The figure of all items, each counted once.

    Args:
        metric: what is measured.
        gold: what is right, at least one item.
        predicted: as many predictions in the same order.
    """
    assert len(gold) == len(predicted) > 0, f"{len(gold)} items, {len(predicted)} predictions"
    return figure_of(metric, metric.items(gold, predicted))


def figure_of(metric: Metric, items: NDArray[np.float64]) -> float:
    """The figure of items (D, Q) that are there already, each counted once."""
    return float(metric.figures(items, np.ones((1, len(items))))[0])


def ratio(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], *, empty: float = 0.0
) -> NDArray[np.float64]:
    """`numerator / denominator`, and `empty` wherever the denominator is 0."""
    is_empty = denominator == 0
    return np.where(is_empty, empty, numerator / np.where(is_empty, 1.0, denominator))
