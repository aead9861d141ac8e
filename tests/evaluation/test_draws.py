"""The mean over draws, and its interval over draws and items, which holds the truth as it says."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from yanmo.evaluation import draws
from yanmo.evaluation.draws import over_draws
from yanmo.evaluation.significance import interval_of, wilson_interval
from yanmo.tasks.metrics.classification import averaged
from yanmo.tasks.metrics.mean import MeanMetric, accuracy

Interval = tuple[float, float]
LEVEL = 0.6
"""How far above a coin the model is, in deviations of what is particular to an answer."""


def drawn(hits: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Draws of hits (R, D) as the accuracy gives them."""
    return [np.stack([row, np.ones(len(row))], axis=1) for row in hits]


def answers(
    rng: np.random.Generator, shape: tuple[int, int], *, draw_std: float, item_std: float
) -> NDArray[np.float64]:
    """Hits (R, D): some draws of examples are better ones, and some items are harder."""
    effects = draw_std * rng.normal(size=(shape[0], 1)) + item_std * rng.normal(size=(1, shape[1]))
    return (LEVEL + effects + rng.normal(size=shape) > 0).astype(np.float64)


def t_interval(hits: NDArray[np.float64]) -> Interval:
    """Student's of the mean over draws, which knows of no other items."""
    values = hits.mean(axis=1)
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    return float(low), float(high)


def share_held(intervals: Sequence[Interval], truth: float) -> float:
    return float(np.mean([low <= truth <= high for low, high in intervals]))


@pytest.mark.parametrize(
    ("shape", "draw_std", "item_std", "of_old"),
    [
        ((10, 80), 0.15, 1.0, 0.80),  # both matter
        ((5, 60), 0.0, 1.5, 0.75),  # items alone matter
        ((3, 150), 0.3, 0.3, 1.00),  # few draws, which matter most
    ],
)
def test_the_interval_holds_the_truth_in_95_of_100_cases(
    shape: tuple[int, int], draw_std: float, item_std: float, of_old: float
) -> None:
    truth = NormalDist().cdf(LEVEL / np.sqrt(1 + draw_std**2 + item_std**2))
    rng = np.random.default_rng(0)
    ours: list[Interval] = []
    old: list[Interval] = []
    for seed in range(250):
        hits = answers(rng, shape, draw_std=draw_std, item_std=item_std)
        found = over_draws(accuracy(), drawn(hits), num_resamples=300, seed=seed)
        assert found.interval is not None
        ours.append(found.interval)
        old.append(t_interval(hits))
    assert 0.90 <= share_held(ours, truth) <= 0.98
    assert share_held(old, truth) <= of_old


@pytest.mark.parametrize("count", [10, 20, 60])
def test_the_interval_is_as_wide_as_students_where_all_items_are_alike(count: int) -> None:
    """What varies is then the draws alone."""
    level = MeanMetric("level", lambda gold, predicted: predicted)
    values = np.random.default_rng(1).normal(size=count)
    figure = over_draws(level, [level.items([0] * 4, [value] * 4) for value in values])
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert figure.mean == pytest.approx(values.mean())
    assert figure.interval is not None
    assert figure.interval[1] - figure.interval[0] == pytest.approx(high - low, rel=0.05)


@pytest.mark.parametrize("degrees", [1, 1.5, 2, 2.7, 9, 30, 31, 80, 1e6])
def test_the_quantiles_are_students(degrees: float) -> None:
    assert draws._student_95(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=0.03)
    assert draws._student_95(round(degrees)) == pytest.approx(
        stats.t.ppf(0.975, round(degrees)), abs=2e-3
    )


def test_a_draw_answered_twice_tells_no_more_than_one() -> None:
    """Items stay the same in all draws: more draws of the same answers make none of them easier."""
    items = accuracy().items([1] * 50, [1] * 35 + [0] * 15)
    once, twice = (over_draws(accuracy(), [items] * count).interval for count in (1, 20))
    assert once is not None and twice is not None
    assert once == interval_of(accuracy(), items)
    assert twice == pytest.approx(once, abs=0.02)


def test_few_draws_stay_a_share_and_alike_ones_have_a_width() -> None:
    hits = np.ones((2, 30))
    assert over_draws(accuracy(), drawn(hits)).interval == wilson_interval(30, 30)
    assert over_draws(accuracy(), drawn(0 * hits)).interval == wilson_interval(0, 30)
    hits[0, :12] = 0
    found = over_draws(accuracy(), drawn(hits))
    assert found.values == (0.6, 1.0) and found.interval is not None
    assert 0.0 <= found.interval[0] < 0.6 and found.interval[1] == 1.0


def test_a_figure_is_counted_anew_from_the_items_of_each_draw() -> None:
    gold = ["a", "b", "c", "a"] * 5
    said = [["a", "b", "c", "c"] * 5, ["a", "a", "c", "a"] * 5]
    metric = averaged("f1", "macro")
    found = over_draws(metric, [metric.items(gold, own) for own in said])
    assert found.interval is not None
    assert found.interval[0] < found.mean < found.interval[1]
    assert found.is_higher_better and found.metric == metric.name


def test_one_item_has_no_interval() -> None:
    items = accuracy().items([1], [1])
    assert over_draws(accuracy(), [items, items]).interval is None
