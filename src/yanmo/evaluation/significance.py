"""Whether a figure is certain, and whether one model is better than another.

In come a metric and its numbers for each item, of one model or of two on the same items; out come
intervals and a verdict, which may be that there is no difference. Right-or-wrong items are judged
by McNemar's exact test, all others by a paired bootstrap. Knows no texts and no models.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.core.messages import t
from yanmo.evaluation.bootstrap import (
    bootstrap_differences,
    bootstrap_figures,
    central_interval,
)
from yanmo.tasks.metrics.mean import is_proportion
from yanmo.tasks.metrics.metric import Metric, figure_of

NUM_DRAWS = 2_000
Outcome = Literal["better", "worse", "no difference"]


@dataclass(frozen=True)
class Verdict:
    """What a comparison of two models on the same items comes to.

    Attributes:
        metric: name of the metric.
        outcome: of the first model against the second.
        difference: figure of the first minus that of the second.
        interval: 95% bootstrap interval of the difference; None for a single item.
        p: probability of a difference at least as large if both models were equally good.
        test: which test gives p.
        items: how many there are.
    """

    metric: str
    outcome: Outcome
    difference: float
    interval: tuple[float, float] | None
    p: float
    test: Literal["exact McNemar", "paired bootstrap"]
    items: int

    def sentence(self, model: str, other: str) -> str:
        """The verdict in words, with `model` the first and `other` the second."""
        names = {"model": model, "baseline": other}
        if self.outcome == "better":
            verdict = t("{model} is better than {baseline}", **names)
        elif self.outcome == "worse":
            verdict = t("{model} is worse than {baseline}", **names)
        else:
            verdict = t("no certain difference between {model} and {baseline}", **names)
        ends = self.interval or (math.nan, math.nan)
        return t(
            "{verdict}: {metric} {difference:+.4f}, 95% interval [{low:+.4f}, {high:+.4f}],"
            " p = {p:.4f} ({test}, {items:,} {items:item|items})",
            verdict=verdict,
            metric=self.metric,
            difference=self.difference,
            low=ends[0],
            high=ends[1],
            p=self.p,
            test=t("exact McNemar") if self.test == "exact McNemar" else t("paired bootstrap"),
            items=self.items,
        )

    def as_dict(self) -> dict[str, Any]:
        """The verdict for a report."""
        return asdict(self)


def interval_of(
    metric: Metric,
    items: NDArray[np.float64],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
    coverage: float = 0.95,
) -> tuple[float, float] | None:
    """An interval for the figure of `items` (D, Q).

    Wilson's for a share of right items, which also holds for few items and for shares near 0 and
    1, where a bootstrap gives an interval of no width; else the percentile bootstrap. None where
    there are fewer than two items.
    """
    if len(items) < 2:
        return None
    if is_proportion(metric, items):
        return wilson_interval(round(items[:, 0].sum()), len(items), coverage=coverage)
    draws = bootstrap_figures(metric, items, num_draws=num_draws, seed=seed)
    low, high = central_interval(draws[np.isfinite(draws)], coverage=coverage)
    return (low, high)


def wilson_interval(hits: int, items: int, *, coverage: float = 0.95) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share of `hits` among `items`."""
    assert 0 <= hits <= items and items > 0, f"{hits} hits among {items}"
    z = NormalDist().inv_cdf((1 + coverage) / 2)
    share = hits / items
    centre = share + z * z / (2 * items)
    reach = z * math.sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    scale = 1 + z * z / items
    low, high = (centre - reach) / scale, (centre + reach) / scale
    return (0.0 if hits == 0 else low, 1.0 if hits == items else high)


def compare(
    metric: Metric,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
    significance: float = 0.05,
) -> Verdict:
    """Whether one model is better than another on the same items.

    A difference counts when p is below `significance` and the interval leaves out 0.

    Args:
        metric: what both are measured by.
        first: (D, Q) numbers of the model in question.
        second: (D, Q') of the model it is compared with; row by row the same items.
        num_draws: of the bootstrap.
        seed: of the bootstrap.
        significance: highest p at which a difference counts as found.
    """
    assert len(first) == len(second) > 0, f"{len(first)} and {len(second)} items"
    difference = figure_of(metric, first) - figure_of(metric, second)
    draws = bootstrap_differences(metric, first, second, num_draws=num_draws, seed=seed)
    draws = draws[np.isfinite(draws)]
    interval = None
    if len(first) > 1:
        low, high = central_interval(draws, coverage=1 - significance)
        interval = (low, high)
    if is_proportion(metric, first) and is_proportion(metric, second):
        p = mcnemar_p(first[:, 0] > 0, second[:, 0] > 0)
        test: Literal["exact McNemar", "paired bootstrap"] = "exact McNemar"
    else:
        p = _bootstrap_p(draws, difference)
        test = "paired bootstrap"
    is_found = p < significance and interval is not None and not interval[0] <= 0 <= interval[1]
    outcome: Outcome = "no difference"
    if is_found:
        outcome = "better" if (difference > 0) == metric.is_higher_better else "worse"
    return Verdict(metric.name, outcome, difference, interval, p, test, len(first))


def mcnemar_p(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Two-sided exact p of McNemar's (1947) test.

    Only items that one model has right and the other wrong tell the models apart. Were both equally
    good, either would have such an item with probability 1/2.

    Args:
        first: (D,), which items the one has right.
        second: (D,), which the other has right.
    """
    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    total, fewer = only_first + only_second, min(only_first, only_second)
    log_halves = total * math.log(0.5)
    tail = sum(math.exp(_log_binomial(total, count) + log_halves) for count in range(fewer + 1))
    return min(1.0, 2 * tail)


def _bootstrap_p(draws: NDArray[np.float64], difference: float) -> float:
    """Share of draws that lie at least `difference` away from their mean.

    Draws scatter about the observed difference as differences of equal models would about 0
    (Riezler and Maxwell 2005); one is added above and below, so that p is never 0.
    """
    is_far = np.abs(draws - draws.mean()) >= abs(difference) - 1e-12
    return float((is_far.sum() + 1) / (len(draws) + 1))


def _log_binomial(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
