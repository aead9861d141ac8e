"""Precision, recall and F1 from counts of each class, and their averages over classes.

In come, for each class, how many things are right, said and true; out come the figures. A division
by zero gives 0: a class that is never said has precision 0, one that never occurs has recall 0.
Averages run over the classes that occur in what is said or true (as in scikit-learn).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import SummedMetric, ratio

Quantity = Literal["precision", "recall", "f1"]
Average = Literal["micro", "macro", "weighted"]
Counting = Callable[[Sequence[Any], Sequence[Any]], NDArray[np.float64]]


@dataclass(frozen=True)
class CountedMetric(SummedMetric):
    """An average over classes of precision, recall or F1.

    Args:
        name: key in reports.
        quantity: which of the three.
        average: `micro` pools the counts of all classes, `macro` is the plain mean of the classes,
            `weighted` weighs each with how often it is true.
        counting: gold and predictions to counts (D, 3C): right, said, true of each class in turn.
        counted: what is counted, in words, for the signature.
    """

    name: str
    quantity: Quantity
    average: Average
    counting: Counting
    counted: str
    is_higher_better: bool = True

    @property
    def signature(self) -> str:
        """What is counted, how classes are averaged, what a division by zero gives."""
        return f"{self.counted}; average {self.average} over classes that occur; 0/0 = 0"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 3C) counts."""
        return self.counting(gold, predicted)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The average of the classes' figures."""
        counts = sums.reshape(*sums.shape[:-1], -1, 3)
        if self.average == "micro":
            return quantity_of(counts.sum(axis=-2), self.quantity)
        of_class = quantity_of(counts, self.quantity)  # (..., C)
        true = counts[..., 2]
        weights = true if self.average == "weighted" else counts.any(axis=-1).astype(np.float64)
        return ratio((of_class * weights).sum(axis=-1), weights.sum(axis=-1))


def quantity_of(counts: NDArray[np.float64], quantity: Quantity) -> NDArray[np.float64]:
    """Precision, recall or F1 of counts (..., 3): right, said, true."""
    right, said, true = counts[..., 0], counts[..., 1], counts[..., 2]
    if quantity == "precision":
        return ratio(right, said)
    if quantity == "recall":
        return ratio(right, true)
    return ratio(2 * right, said + true)
