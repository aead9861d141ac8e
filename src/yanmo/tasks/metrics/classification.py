"""Figures of classes: precision, recall and F1 with their averages, and Matthews' correlation.

In come names of classes, one for each item. The classes are those that occur in gold or
predictions, in sorted order; a prediction may be a class that the gold never has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.counts import Average, CountedMetric, Quantity, quantity_of
from yanmo.tasks.metrics.metric import SummedMetric, ratio


def class_counts(gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
    """Right, said and true of each class, (D, 3C) with the three of a class side by side."""
    classes = {name: index for index, name in enumerate(classes_of(gold, predicted))}
    counts = np.zeros((len(gold), len(classes), 3))
    rows = np.arange(len(gold))
    said = np.array([classes[str(name)] for name in predicted], dtype=np.int64)
    true = np.array([classes[str(name)] for name in gold], dtype=np.int64)
    counts[rows, said, 1] = 1
    counts[rows, true, 2] = 1
    counts[rows, true, 0] = said == true
    return counts.reshape(len(gold), -1)


def classes_of(gold: Sequence[Any], predicted: Sequence[Any]) -> list[str]:
    """The classes that occur on either side, sorted."""
    return sorted({str(name) for name in gold} | {str(name) for name in predicted})


def averaged(quantity: Quantity, average: Average) -> CountedMetric:
    """`precision_macro` and the eight others."""
    return CountedMetric(
        f"{quantity}_{average}", quantity, average, class_counts, f"{quantity} of classes"
    )


@dataclass(frozen=True)
class MatthewsCorrelation(SummedMetric):
    """Matthews' correlation of two classes, Gorodkin's (2004, eq. 8) of more.

    0 where gold or predictions are all of one class: the coefficient has no value then.
    """

    name: str = "mcc"
    is_higher_better: bool = True
    signature: str = "Matthews, for several classes by Gorodkin; one class only = 0"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 3C) counts."""
        return class_counts(gold, predicted)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The covariance of said and true by the root of the product of their variances."""
        counts = sums.reshape(*sums.shape[:-1], -1, 3)
        right = counts[..., 0].sum(axis=-1)
        said, true = counts[..., 1], counts[..., 2]  # (..., C)
        total = true.sum(axis=-1)
        covariance = right * total - (said * true).sum(axis=-1)
        of_said = total**2 - (said**2).sum(axis=-1)
        of_true = total**2 - (true**2).sum(axis=-1)
        return ratio(covariance, np.sqrt(of_said * of_true))


def table_of_classes(gold: Sequence[Any], predicted: Sequence[Any]) -> dict[str, Any]:
    """Figures of each class and the confusion matrix, for a report.

    Returns:
        `classes`: names in the order of the matrix; `confusion`: rows are true classes and columns
        said ones; `by_class`: precision, recall, f1 and how many items are truly of the class.
    """
    classes = classes_of(gold, predicted)
    place = {name: index for index, name in enumerate(classes)}
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for g, p in zip(gold, predicted, strict=True):
        confusion[place[str(g)], place[str(p)]] += 1
    counts = np.stack(
        [confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)], axis=-1
    ).astype(np.float64)
    quantities: tuple[Quantity, ...] = ("precision", "recall", "f1")
    by_class = {
        name: {quantity: float(quantity_of(row, quantity)) for quantity in quantities}
        | {"items": int(row[2])}
        for name, row in zip(classes, counts, strict=True)
    }
    return {"classes": classes, "confusion": confusion.tolist(), "by_class": by_class}
