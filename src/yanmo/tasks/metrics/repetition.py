"""How much a written text repeats itself: the share of distinct n-grams.

In come written texts; the gold is not looked at. 1 is a text in which no n-gram comes twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yanmo.tasks.metrics.mean import MeanMetric
from yanmo.tasks.metrics.text_units import units


def distinct(order: int) -> MeanMetric:
    """Distinct n-grams by all n-grams of each text (1 minus seq-rep-n of Welleck et al. 2020).

    Args:
        order: n. A text with fewer units than that repeats nothing and counts as 1.
    """

    def share(_gold: Any, predicted: str) -> float:
        return distinct_share(units(predicted, has_punctuation=True), order)

    return MeanMetric(
        f"distinct_{order}",
        share,
        "mean over texts; Chinese by character, other scripts by word, with marks",
    )


def distinct_share(text_units: Sequence[str], order: int) -> float:
    """The share of n-grams of one sequence of units that are distinct."""
    ngrams = [tuple(text_units[i : i + order]) for i in range(len(text_units) - order + 1)]
    return len(set(ngrams)) / len(ngrams) if ngrams else 1.0
