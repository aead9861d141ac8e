"""Ranked lists against a set of right ones: precision, recall and F1 at k, reciprocal rank.

In come for each item the right keywords and the predicted ones, best first; out come means over
items. English keywords agree when their stems do, Chinese ones when they are the same but for width
and case. A keyword that is said twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from yanmo.tasks.metrics.mean import MeanMetric
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.metrics.porter import stem
from yanmo.tasks.metrics.text_units import units

Quantity = Literal["precision", "recall", "f1"]
_MATCH = "stems of words, marks and case ignored"


def keyword_metrics() -> tuple[Metric, ...]:
    """F1, precision and recall at 5, F1 at 10, and the reciprocal rank of the first right one."""
    return (
        at_k("f1", 5),
        at_k("precision", 5),
        at_k("recall", 5),
        at_k("f1", 10),
        reciprocal_rank(),
    )


def at_k(quantity: Quantity, k: int) -> MeanMetric:
    """One of the three among the first k; precision divides by k also where fewer are said."""
    return MeanMetric(
        f"{quantity}_at_{k}",
        partial(_at_k, quantity=quantity, k=k),
        f"mean over items; {_MATCH}; precision by {k}; nothing right to find = 0",
    )


def reciprocal_rank() -> MeanMetric:
    """1 by the rank of the first right one, 0 where there is none."""
    return MeanMetric("mrr", _reciprocal_rank, f"mean over items; {_MATCH}")


def _key(keyword: str) -> tuple[str, ...]:
    return tuple(stem(unit) if unit.isascii() else unit for unit in units(keyword))


def _hits(gold: Sequence[str], predicted: Sequence[str]) -> tuple[list[bool], int]:
    """Whether each distinct prediction is right, in rank order, and how many could be."""
    right = {_key(keyword) for keyword in gold} - {()}
    said = dict.fromkeys(_key(keyword) for keyword in predicted)
    return [key in right for key in said], len(right)


def _at_k(gold: Sequence[str], predicted: Sequence[str], *, quantity: Quantity, k: int) -> float:
    hits, num_right = _hits(gold, predicted)
    num_hits = sum(hits[:k])
    if quantity == "precision":
        return num_hits / k
    if quantity == "recall":
        return num_hits / num_right if num_right else 0.0
    return 2 * num_hits / (k + num_right)


def _reciprocal_rank(gold: Sequence[str], predicted: Sequence[str]) -> float:
    hits, _ = _hits(gold, predicted)
    return 1 / (hits.index(True) + 1) if True in hits else 0.0
