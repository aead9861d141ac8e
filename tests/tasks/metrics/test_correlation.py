"""Correlations equal scipy's, and a rank correlation of a drawn set is that of the set itself."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats

from yanmo.tasks.metrics.correlation import Pearson, Spearman
from yanmo.tasks.metrics.metric import measure


def drawn_numbers(seed: int) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 40))
    gold = rng.normal(size=size) * 10.0 ** rng.integers(-3, 4) + rng.integers(-100, 100)
    said = gold * rng.normal() + rng.normal(size=size) * 10.0 ** rng.integers(-3, 4)
    if seed % 3 == 0:  # ties
        gold, said = rng.integers(0, 4, size=size), rng.integers(0, 4, size=size)
        gold[0], gold[1], said[0], said[1] = 0, 1, 0, 1
    return [float(x) for x in gold], [float(x) for x in said]


def test_equal_to_scipy_on_1000_random_cases() -> None:
    for seed in range(1000):
        gold, said = drawn_numbers(seed)
        assert measure(Pearson(), gold, said) == pytest.approx(
            stats.pearsonr(gold, said)[0], abs=1e-9
        )
        assert measure(Spearman(), gold, said) == pytest.approx(
            stats.spearmanr(gold, said)[0], abs=1e-9
        )


def test_a_side_that_does_not_vary_has_no_correlation() -> None:
    for metric in (Pearson(), Spearman()):
        assert measure(metric, [1.0, 2.0, 3.0], [0.1, 0.1, 0.1]) == 0
        assert measure(metric, [0.3, 0.3, 0.3], [1.0, 2.0, 3.0]) == 0
        assert measure(metric, [1.0], [2.0]) == 0


def test_a_drawn_set_is_ranked_anew() -> None:
    rng = np.random.default_rng(0)
    for seed in range(50):
        gold, said = drawn_numbers(seed)
        drawn = rng.integers(len(gold), size=len(gold))
        weights = np.bincount(drawn, minlength=len(gold)).astype(float)[None]
        for metric, published in ((Spearman(), stats.spearmanr), (Pearson(), stats.pearsonr)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = published(np.array(gold)[drawn], np.array(said)[drawn])[0]
            mine = metric.figures(metric.items(gold, said), weights)[0]
            assert mine == pytest.approx(0 if np.isnan(expected) else expected, abs=1e-9)
