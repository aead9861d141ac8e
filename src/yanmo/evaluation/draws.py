"""A figure that was measured several times, with other examples each time: mean and interval.

In: for each draw the numbers of every item. Out: the mean over the draws, and a 95% interval that
is about both samples behind it: which examples were drawn, and which items were asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.bootstrap import bootstrap_crossed, central_interval
from yanmo.evaluation.significance import NUM_DRAWS, interval_of, wilson_interval
from yanmo.tasks.metrics.mean import is_proportion
from yanmo.tasks.metrics.metric import Metric, figure_of

# Two-sided 95% quantiles of Student's t with 1, 2 ... 30 degrees of freedom (Student 1908; any
# table of the distribution).
_STUDENT_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class DrawnFigure:
    """One metric over draws.

    Attributes:
        metric: its name.
        mean: over draws.
        interval: 95% of the mean, over draws and items; None where there are fewer than two items.
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


def over_draws(
    metric: Metric,
    draws: Sequence[NDArray[np.float64]],
    *,
    num_resamples: int = NUM_DRAWS,
    seed: int = 0,
) -> DrawnFigure:
    """The figure of a metric over draws of examples.

    Args:
        metric: what is measured.
        draws: for each draw (D, Q), as `metric.items` gives them; row by row the same items.
        num_resamples, seed: of the bootstrap.
    """
    values = tuple(figure_of(metric, items) for items in draws)
    return DrawnFigure(
        metric.name,
        float(np.mean(values)),
        _interval(metric, draws, values, num_resamples, seed),
        values,
        metric.is_higher_better,
        metric.signature,
    )


def _interval(
    metric: Metric,
    draws: Sequence[NDArray[np.float64]],
    values: Sequence[float],
    num_resamples: int,
    seed: int,
) -> tuple[float, float] | None:
    """The crossed bootstrap's, stretched for few draws, and in 0..1 for a share of right items; of
    a single draw, that over items. Where every answer of every draw is right, or every one wrong,
    no bootstrap has a width, and Wilson's stands for it."""
    first = draws[0]
    if len(draws) == 1 or len(first) < 2:
        return interval_of(metric, first, num_draws=num_resamples, seed=seed)
    is_share = all(is_proportion(metric, items) for items in draws)
    if is_share and len({float(hit) for items in draws for hit in items[:, 0]}) == 1:
        return wilson_interval(round(first[:, 0].sum()), len(first))
    found = bootstrap_crossed(metric, draws, num_draws=num_resamples, seed=seed)
    both = found.both[np.isfinite(found.both)]
    of_items = float(np.var(found.items_alone[np.isfinite(found.items_alone)]))
    stretch = _stretch(values, of_items, len(first), float(np.var(both)))
    mean = float(np.mean(values))
    low, high = (mean + stretch * (end - mean) for end in central_interval(both))
    return (max(0.0, low), min(1.0, high)) if is_share else (low, high)


def _stretch(values: Sequence[float], of_items: float, num_items: int, drawn: float) -> float:
    """By what the ends of the bootstrap have to lie farther from the mean.

    The bootstrap over R draws varies by (R - 1) / R of what it should, and its quantiles are near
    the normal ones where Student's t is due (Hesterberg 2015, "What teachers should know about the
    bootstrap", The American Statistician 69, whose percentile interval is expanded in the same
    way). The degrees of freedom lie between those of the draws and those of the items, by how much
    either varies (Satterthwaite 1946, Biometrics Bulletin 2).

    Args:
        values: of each draw.
        of_items: variance of the mean over draws under other items.
        num_items: D.
        drawn: variance of the bootstrap.
    """
    of_draws = float(np.var(values, ddof=1)) / len(values)
    whole = of_draws + of_items
    if whole == 0 or drawn == 0:
        return 1.0
    degrees = whole**2 / (of_draws**2 / (len(values) - 1) + of_items**2 / (num_items - 1))
    return _student_95(degrees) / _NORMAL_95 * math.sqrt(whole / drawn)


def _student_95(degrees: float) -> float:
    """The quantile for at least one degree of freedom: between those of the table, and from its end
    to the normal one, its logarithm is straight in 1 / degrees."""
    ends = [0.0, *(1 / np.arange(len(_STUDENT_95), 0, -1))]
    logs = np.log([_NORMAL_95, *_STUDENT_95[::-1]])
    return math.exp(np.interp(1 / degrees, ends, logs))
