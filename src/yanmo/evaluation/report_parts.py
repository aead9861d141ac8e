"""The parts of a task's report, made from metrics and predictions.

In come metrics with their numbers for each item, verdicts, tables of classes and probabilities; out
come the records of `task_report`. Intervals and verdicts are those of `significance`. Knows no
model and no file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.evaluation.significance import NUM_DRAWS, Verdict, interval_of
from yanmo.evaluation.task_report import (
    Calibration,
    CalibrationBin,
    ClassScores,
    Comparison,
    Confusion,
    Figure,
    PredictorScores,
)
from yanmo.tasks.metrics.calibration import CalibrationError
from yanmo.tasks.metrics.metric import Metric, figure_of


def figure_on(
    metric: Metric,
    items: NDArray[np.float64],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Figure:
    """The metric of items with its 95% interval.

    Args:
        metric: what is measured.
        items: (D, Q), as `metric.items` gives them; with D = 0 there is no figure.
        num_draws, seed: of the bootstrap.
    """
    value = figure_of(metric, items) if len(items) else math.nan
    is_known = math.isfinite(value)
    return Figure(
        metric=metric.name,
        value=value if is_known else None,
        interval=interval_of(metric, items, num_draws=num_draws, seed=seed) if is_known else None,
        num_items=len(items),
        signature=metric.signature,
        is_higher_better=metric.is_higher_better,
    )


def figures_report(
    metrics: Sequence[Metric],
    gold: Sequence[Any],
    predicted: Sequence[Any],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> dict[str, Any]:
    """`items` and `figures`, ready for JSON: every metric of predictions with its interval.

    Raises:
        DataError: there is nothing to measure on.
    """
    if not gold:
        raise DataError(t("there is no item to measure on"))
    figures = [
        asdict(figure_on(metric, metric.items(gold, predicted), num_draws=num_draws, seed=seed))
        for metric in metrics
    ]
    return {"items": len(gold), "figures": figures}


def predictor_scores(
    name: str,
    kind: Literal["model", "baseline"],
    metrics: Sequence[Metric],
    numbers: Mapping[str, NDArray[np.float64]],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> PredictorScores:
    """The figures of a model or a baseline.

    Args:
        name, kind: who predicted.
        metrics: the first is the metric of the task.
        numbers: (D, Q) of each metric by name, as `Metric.items` gives them.
        num_draws, seed: of the bootstrap.
    """
    figures = (
        figure_on(metric, numbers[metric.name], num_draws=num_draws, seed=seed)
        for metric in metrics
    )
    return PredictorScores(name, kind, tuple(figures))


def comparison_of(verdict: Verdict, model: str, other: str) -> Comparison:
    """A verdict as it stands in a report."""
    return Comparison(
        metric=verdict.metric,
        model=model,
        other=other,
        difference=verdict.difference,
        interval=verdict.interval,
        p_value=verdict.p,
        test=verdict.test,
        verdict=verdict.outcome,
    )


def classes_and_confusion(table: Mapping[str, Any]) -> tuple[tuple[ClassScores, ...], Confusion]:
    """What `table_of_classes` gives, as it stands in a report."""
    classes = tuple(
        ClassScores(name, row["precision"], row["recall"], row["f1"], int(row["items"]))
        for name, row in table["by_class"].items()
    )
    counts = tuple(tuple(int(count) for count in row) for row in table["confusion"])
    return classes, Confusion(tuple(str(name) for name in table["classes"]), counts)


def calibration_of(
    gold: Sequence[str],
    probs: NDArray[np.float64],
    labels: Sequence[str],
    *,
    num_bins: int = 10,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Calibration:
    """Whether the most probable class is right as often as its probability says.

    Args:
        gold: the class of each item.
        probs: (D, C) probabilities.
        labels: the classes in the order of the columns.
        num_bins: bins of equal width over 0..1; each holds its upper end.
        num_draws, seed: of the bootstrap.
    """
    metric = CalibrationError(tuple(labels), num_bins)
    error = figure_on(metric, metric.items(gold, list(probs)), num_draws=num_draws, seed=seed)
    confidence = probs.max(axis=1)
    is_hit = np.array([labels[index] for index in probs.argmax(axis=1)]) == np.array(gold)
    edges = np.linspace(0, 1, num_bins + 1)
    places = np.clip(np.searchsorted(edges, confidence) - 1, 0, num_bins - 1)
    bins = []
    for place in range(num_bins):
        inside = places == place
        count = int(inside.sum())
        bins.append(
            CalibrationBin(
                low=float(edges[place]),
                high=float(edges[place + 1]),
                count=count,
                confidence=float(confidence[inside].mean()) if count else None,
                accuracy=float(is_hit[inside].mean()) if count else None,
            )
        )
    return Calibration(error.value or 0.0, error.interval, tuple(bins))
