"""The bootstrap interval of a mean is that of scipy's reasoning: normal for many numbers."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.interpretation.intervals import mean_interval


def test_the_interval_is_that_of_the_normal_for_many_numbers() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = mean_interval(values)
    error = values.std() / np.sqrt(len(values))
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.2 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.2 * error)


def test_one_number_is_its_own_interval() -> None:
    assert mean_interval([2.0]) == type(mean_interval([2.0]))(2.0, 2.0, 2.0)
