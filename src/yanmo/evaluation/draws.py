"""A figure that was measured several times, with other examples each time: mean and interval.

In: one value for each draw. Out: their mean, and a 95% interval of the mean by Student's t over the
draws. The interval says how much the choice of examples matters; items stay the same, so what
another test set would change is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yanmo.tasks.metrics.metric import Metric

# Two-sided 95% quantiles of Student's t with 1, 2 ... 30 degrees of freedom (Student 1908; any
# table of the distribution).
_STUDENT_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL_95 = 1.96


@dataclass(frozen=True)
class DrawnFigure:
    """One metric over draws.

    Attributes:
        metric: its name.
        mean: over draws.
        interval: 95% of the mean; None with a single draw.
        values: of each draw.
        is_higher_better: whether more is better.
        signature: what the figure depends on.
    """

    metric: str
    mean: float
    interval: tuple[float, float] | None
    values: tuple[float, ...]
    is_higher_better: bool
    signature: str


def over_draws(metric: Metric, values: Sequence[float]) -> DrawnFigure:
    """The figure of a metric that was measured once for each draw."""
    mean, interval = mean_of(values)
    return DrawnFigure(
        metric.name,
        mean,
        interval,
        tuple(values),
        metric.is_higher_better,
        metric.signature,
    )


def mean_of(values: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """The mean of at least one value, and its 95% interval, None for a single one."""
    assert values, "a mean needs a value"
    mean = float(np.mean(values))
    degrees = len(values) - 1
    if degrees == 0:
        return mean, None
    # Beyond the table t lies above the normal quantile by about 2.4 / degrees.
    quantile = _STUDENT_95[degrees - 1] if degrees <= 30 else _NORMAL_95 + 2.4 / degrees
    half = quantile * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, (mean - half, mean + half)
