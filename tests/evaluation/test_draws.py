"""The mean over draws and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from yanmo.evaluation.draws import mean_of, over_draws
from yanmo.tasks.metrics.mean import accuracy


@pytest.mark.parametrize("num_draws", [2, 5, 10, 31, 32, 60])
def test_the_interval_is_that_of_students_t(num_draws: int) -> None:
    values = np.random.default_rng(num_draws).random(num_draws)
    mean, interval = mean_of(values.tolist())
    expected = stats.t.interval(0.95, num_draws - 1, loc=values.mean(), scale=stats.sem(values))
    assert mean == pytest.approx(values.mean())
    assert interval == pytest.approx(expected, abs=3e-4)


def test_the_interval_holds_the_truth_in_95_of_100_cases() -> None:
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(2_000):
        _, interval = mean_of(generator.normal(0.3, 0.1, 10).tolist())
        assert interval is not None
        held += interval[0] <= 0.3 <= interval[1]
    assert held / 2_000 == pytest.approx(0.95, abs=0.015)


def test_a_single_draw_has_no_interval() -> None:
    figure = over_draws(accuracy(), [0.5])
    assert (figure.mean, figure.interval, figure.values) == (0.5, None, (0.5,))
    assert figure.is_higher_better
