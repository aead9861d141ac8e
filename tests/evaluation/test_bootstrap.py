"""The bootstrap draws whole documents, the same for all quantities, and covers what it should."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.evaluation import bootstrap
from yanmo.evaluation.bootstrap import (
    bootstrap_crossed,
    bootstrap_figures,
    bootstrap_sums,
    central_interval,
)
from yanmo.tasks.metrics.mean import MeanMetric


def test_sums_are_over_as_many_documents_as_there_are() -> None:
    values = np.stack([np.ones(7), np.arange(7.0), 2 * np.arange(7.0)])
    sums = bootstrap_sums(values, num_draws=40, seed=3)
    assert sums.shape == (40, 3)
    np.testing.assert_array_equal(sums[:, 0], 7)
    np.testing.assert_array_equal(sums[:, 2], 2 * sums[:, 1])
    assert np.unique(sums[:, 1]).size > 5


def test_block_size_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(2, 30))
    whole = bootstrap_sums(values, num_draws=25, seed=1)
    monkeypatch.setattr(bootstrap, "_MAX_INDICES", 60)
    np.testing.assert_array_equal(bootstrap_sums(values, num_draws=25, seed=1), whole)


def test_central_interval_leaves_the_same_share_out_on_both_sides() -> None:
    draws = np.arange(1001.0)
    assert central_interval(draws) == pytest.approx([25, 975])
    assert central_interval(draws, coverage=0.5) == pytest.approx([250, 750])


def test_interval_of_a_ratio_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    num_trials, num_hits = 300, 0
    for trial in range(num_trials):
        sizes = rng.integers(1, 50, size=60).astype(np.float64)
        totals = sizes * rng.gamma(4, 0.5, size=60)  # true ratio 2
        sums = bootstrap_sums(np.stack([totals, sizes]), num_draws=400, seed=trial)
        low, high = central_interval(sums[:, 0] / sums[:, 1])
        num_hits += low <= 2 <= high
    assert 0.88 <= num_hits / num_trials <= 0.99


def test_crossed_sets_and_items_vary_as_owen_says() -> None:
    """Effects of sets and items that are fixed here, and nothing else: e of the formula is 0."""
    rng = np.random.default_rng(0)
    of_sets, of_items = rng.normal(size=6), 2 * rng.normal(size=25)
    level = MeanMetric("level", lambda gold, predicted: predicted)
    sets = [level.items(of_items, of_items + effect) for effect in of_sets]
    found = bootstrap_crossed(level, sets, num_draws=20_000, seed=0)
    expected = of_sets.var() / 6 + of_items.var() / 25
    assert found.both.var() == pytest.approx(expected, rel=0.05)
    assert found.items_alone.var() == pytest.approx(of_items.var() / 25, rel=0.05)
    assert found.both.mean() == pytest.approx(of_sets.mean() + of_items.mean(), abs=0.03)


def test_a_drawn_item_counts_in_every_set() -> None:
    level = MeanMetric("level", lambda gold, predicted: predicted)
    items = level.items([0] * 9, list(range(9)))
    alone = bootstrap_figures(level, items, num_draws=50, seed=4)
    found = bootstrap_crossed(level, [items] * 5, num_draws=50, seed=4)
    np.testing.assert_allclose(found.both, alone)
    np.testing.assert_allclose(found.items_alone, alone)
