"""How much of a figure is left when the texts are noisy.

In come a predictor, inputs, gold, a metric and perturbations `(input, strength, seed) -> input`;
out comes the metric as a curve over the strength, with intervals, for each perturbation. The
same items and the same draws of the bootstrap serve every point, so that a drop is a paired
difference. The search for the smallest edit that turns a prediction wrong is `flips`. Knows no
model, and of the inputs only what the perturbations make of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.bootstrap import bootstrap_figures, central_interval
from yanmo.evaluation.report_parts import figure_on
from yanmo.evaluation.task_report import (
    Interval,
    Robustness,
    RobustnessCurve,
    RobustnessPoint,
)
from yanmo.tasks.metrics.metric import Metric

Predict = Callable[[Sequence[Any]], Sequence[Any]]
"""Inputs to as many predictions, in the form that the metric reads."""

Perturbation = Callable[[Any, float, int], Any]
"""`(input, strength, seed)` to a changed input of the same kind."""

STRENGTHS = (0.05, 0.1, 0.15, 0.2, 0.3)
"""Shares of changed characters or words, beside 0."""


def measure_robustness(
    predict: Predict,
    inputs: Sequence[Any],
    gold: Sequence[Any],
    metric: Metric,
    perturbations: Mapping[str, Perturbation],
    *,
    strengths: Sequence[float] = STRENGTHS,
    max_items: int | None = 500,
    num_draws: int = 1_000,
    seed: int = 0,
) -> Robustness:
    """The metric under each perturbation, from strength 0 on.

    The predictor is asked once for all inputs as they are, and once for each perturbation and
    strength.

    Args:
        predict: the model.
        inputs: what it reads, at least one.
        gold: what is right, one for each input.
        metric: what is measured.
        perturbations: by the name that the report shows.
        strengths: rising, each above 0 and at most 1; strength 0 is always measured.
        max_items: a seeded draw of so many items is used where there are more; None takes all.
        num_draws: of the bootstrap.
        seed: of the draw, the perturbations and the bootstrap.
    """
    assert len(inputs) == len(gold) > 0, f"{len(inputs)} inputs, {len(gold)} gold"
    assert all(0 < s <= 1 for s in strengths), "strengths lie above 0 and at most at 1"
    chosen = drawn_items(len(inputs), max_items, seed)
    inputs = [inputs[index] for index in chosen]
    gold = [gold[index] for index in chosen]
    measured = _Measured(metric, gold, num_draws, seed)
    start = measured.point(0.0, 0.0, predict(inputs), None)
    curves = []
    for name, perturb in perturbations.items():
        points = [start]
        for strength in strengths:
            changed = [perturb(each, strength, seed + place) for place, each in enumerate(inputs)]
            num_changed = sum(a != b for a, b in zip(changed, inputs, strict=True))
            points.append(
                measured.point(
                    strength,
                    num_changed / len(inputs),
                    predict(changed),
                    measured.start_draws,
                )
            )
        curves.append(RobustnessCurve(name, tuple(points)))
    return Robustness(metric.name, len(inputs), tuple(curves))


def drawn_items(num_items: int, max_items: int | None, seed: int) -> list[int]:
    """The numbers of the items that are measured, in rising order."""
    if max_items is None or num_items <= max_items:
        return list(range(num_items))
    return sorted(random.Random(seed).sample(range(num_items), max_items))


class _Measured:
    """Makes the points of all curves; the first call is that of strength 0."""

    def __init__(self, metric: Metric, gold: Sequence[Any], num_draws: int, seed: int) -> None:
        self._metric, self._gold = metric, gold
        self._num_draws, self._seed = num_draws, seed
        self.start_draws: NDArray[np.float64] = np.zeros(0)

    def point(
        self,
        strength: float,
        changed_frac: float,
        predicted: Sequence[Any],
        start_draws: NDArray[np.float64] | None,
    ) -> RobustnessPoint:
        """One point; its drop is taken from `start_draws`, None at strength 0."""
        items = self._metric.items(self._gold, predicted)
        figure = figure_on(self._metric, items, num_draws=self._num_draws, seed=self._seed)
        draws = bootstrap_figures(self._metric, items, num_draws=self._num_draws, seed=self._seed)
        if start_draws is None:
            self.start_draws = draws
        drop: Interval | None = None
        if start_draws is not None and len(self._gold) > 1:
            differences = start_draws - draws
            finite = differences[np.isfinite(differences)]
            if finite.size:
                low, high = central_interval(finite)
                drop = (low, high)
        return RobustnessPoint(strength, changed_frac, figure, drop)
