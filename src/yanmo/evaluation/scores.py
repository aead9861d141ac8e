"""What a model's predictions on a task are worth, as a report and as a row for each item.

In come the ids of the items, gold, predictions and metrics; out come figures with 95% intervals
and what each figure depends on, in a form that is written as JSON and Parquet. Knows no model and
no file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.evaluation.significance import NUM_DRAWS, Verdict, compare, interval_of
from yanmo.tasks.metrics.metric import Metric, SummedMetric, figure_of

FORMAT_VERSION = 1


@dataclass(frozen=True)
class TaskScores:
    """What `score_predictions` gives.

    Attributes:
        report: `format_version`, `items`, and `figures`: a list of name, value, interval,
            is_higher_better, signature.
        rows: one for each item: id, gold, predicted, and `score/<metric>`: the metric of the item
            alone, None where it has none (correlation).
        numbers: (D, Q) of each metric by name, for comparisons.
    """

    report: dict[str, Any]
    rows: list[dict[str, Any]]
    numbers: dict[str, NDArray[np.float64]]


def score_predictions(
    metrics: Sequence[Metric],
    gold: Sequence[Any],
    predicted: Sequence[Any],
    *,
    ids: Sequence[str] | None = None,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> TaskScores:
    """Figures of all metrics with their intervals.

    Args:
        metrics: the first is the one that the task is about.
        gold: what is right, in the form that the metrics read.
        predicted: as many predictions, in the same order.
        ids: names of the items; their numbers from 0 where None.
        num_draws: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        DataError: there is nothing to measure on.
    """
    assert len(gold) == len(predicted), f"{len(gold)} items, {len(predicted)} predictions"
    if not gold:
        raise DataError(t("there is no item to measure on"))
    numbers = {metric.name: metric.items(gold, predicted) for metric in metrics}
    figures = []
    for metric in metrics:
        items = numbers[metric.name]
        interval = interval_of(metric, items, num_draws=num_draws, seed=seed)
        figures.append(
            {
                "name": metric.name,
                "value": figure_of(metric, items),
                "interval": None if interval is None else list(interval),
                "is_higher_better": metric.is_higher_better,
                "signature": metric.signature,
            }
        )
    report = {"format_version": FORMAT_VERSION, "items": len(gold), "figures": figures}
    names = ids if ids is not None else [str(number) for number in range(len(gold))]
    rows = [
        {"id": name, "gold": g, "predicted": p}
        for name, g, p in zip(names, gold, predicted, strict=True)
    ]
    for metric in metrics:
        for row, value in zip(rows, _alone(metric, numbers[metric.name]), strict=True):
            row[f"score/{metric.name}"] = value
    return TaskScores(report, rows, numbers)


def compare_scores(
    metrics: Sequence[Metric],
    first: TaskScores,
    second: TaskScores,
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> dict[str, Verdict]:
    """A verdict for each metric: the first model against the second on the same items."""
    return {
        metric.name: compare(
            metric,
            first.numbers[metric.name],
            second.numbers[metric.name],
            num_draws=num_draws,
            seed=seed,
        )
        for metric in metrics
    }


def value_of(report: Mapping[str, Any], name: str) -> float:
    """The value of the figure called `name` in a report of `score_predictions`."""
    found = [figure["value"] for figure in report["figures"] if figure["name"] == name]
    assert len(found) == 1, f"the report has {len(found)} figures called {name}"
    return float(found[0])


def _alone(metric: Metric, items: NDArray[np.float64]) -> list[float | None]:
    """The metric of each item as if it were the whole test set; None where that has no meaning."""
    if not isinstance(metric, SummedMetric):
        return [None] * len(items)
    return [float(value) if math.isfinite(value) else None for value in metric.figure(items)]
