"""Intervals hold the truth as often as they say, and a verdict is given only where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from yanmo.core import messages
from yanmo.evaluation.bootstrap import bootstrap_figures
from yanmo.evaluation.significance import (
    Verdict,
    compare,
    interval_of,
    mcnemar_p,
    wilson_interval,
)
from yanmo.tasks.metrics.classification import averaged
from yanmo.tasks.metrics.correlation import Spearman
from yanmo.tasks.metrics.mean import MeanMetric, accuracy
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.translation import Bleu


def right_or_wrong(
    rng: np.random.Generator, num_items: int, first: float, second: float, agreement: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Items (D, 2) of two models of given accuracy that make much the same mistakes."""
    ease = rng.random(num_items)
    other = np.where(rng.random(num_items) < agreement, ease, rng.random(num_items))
    ones = np.ones(num_items)
    return np.stack([ease < first, ones], axis=1), np.stack([other < second, ones], axis=1)


@pytest.mark.slow
def test_two_equal_models_are_not_told_apart_in_at_least_95_of_100_draws() -> None:
    # n = 1,000 items, both models right with probability 0.85 and alike on four items of five.
    # McNemar's exact test finds a difference that is not there in about 3.8% of such draws: 1,000
    # draws tell that from 5%, which 100 alone would not.
    rng = np.random.default_rng(0)
    pairs = [right_or_wrong(rng, 1000, 0.85, 0.85) for _ in range(1000)]
    num_quiet = sum(mcnemar_p(one[:, 0] > 0, two[:, 0] > 0) >= 0.05 for one, two in pairs)
    assert num_quiet >= 950
    verdicts = [compare(accuracy(), one, two, num_draws=200) for one, two in pairs[:100]]
    assert [verdict.outcome for verdict in verdicts].count("no difference") >= 95


def test_the_share_of_false_findings_is_about_what_the_level_says() -> None:
    # 400 pairs of equal models measured by macro F1, which only the bootstrap can judge. The share
    # of findings is 5%, give or take three standard errors.
    rng = np.random.default_rng(1)
    metric = averaged("f1", "macro")
    num_found = 0
    for _ in range(400):
        gold = rng.integers(3, size=200)
        said = [
            [str(s) for s in np.where(rng.random(200) < 0.75, gold, rng.integers(3, size=200))]
            for _ in range(2)
        ]
        names = [str(g) for g in gold]
        first, second = (metric.items(names, one) for one in said)
        num_found += compare(metric, first, second, num_draws=200).outcome != "no difference"
    assert num_found / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_a_planted_gain_of_3_points_is_found() -> None:
    # n = 4,000 items. The models differ on about 27% of 4 items of 20, that is 7.2% of the items,
    # so the difference has a standard error near 0.42 points: 3 points are seven of those.
    rng = np.random.default_rng(2)
    verdicts = [
        compare(accuracy(), *right_or_wrong(rng, 4000, 0.88, 0.85), num_draws=200)
        for _ in range(20)
    ]
    assert [verdict.outcome for verdict in verdicts] == ["better"] * 20
    assert all(verdict.p < 0.01 and verdict.interval is not None for verdict in verdicts)
    assert np.mean([verdict.difference for verdict in verdicts]) == pytest.approx(0.03, abs=0.005)


def test_the_order_of_the_models_turns_the_verdict_around() -> None:
    rng = np.random.default_rng(3)
    first, second = right_or_wrong(rng, 2000, 0.9, 0.8)
    forth, back = compare(accuracy(), first, second), compare(accuracy(), second, first)
    assert (forth.outcome, back.outcome) == ("better", "worse")
    assert forth.p == back.p
    assert forth.difference == -back.difference


def test_where_lower_is_better_a_lower_figure_wins() -> None:
    metric = MeanMetric("errors", lambda gold, said: abs(gold - said), is_higher_better=False)
    rng = np.random.default_rng(4)
    gold = rng.normal(size=300)
    close, far = (metric.items(gold, gold + rng.normal(size=300) * s) for s in (0.1, 1.0))
    assert compare(metric, close, far).outcome == "better"
    assert compare(metric, close, far).test == "paired bootstrap"


def test_the_same_predictions_are_no_difference() -> None:
    items = accuracy().items([1, 2, 3, 4], [1, 2, 0, 4])
    verdict = compare(accuracy(), items, items)
    assert (verdict.outcome, verdict.p, verdict.difference) == ("no difference", 1.0, 0.0)
    bleu = Bleu().items([("a b c d e",)] * 4, ["a b c d e", "a b", "c d e", "x"])
    same = compare(Bleu(), bleu, bleu)
    assert (same.outcome, same.p) == ("no difference", 1.0)


def test_mcnemar_equals_the_binomial_test() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        size = int(rng.integers(1, 60))
        first, second = rng.random(size) < rng.random(), rng.random(size) < rng.random()
        only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
        expected = 1.0
        if only_first + only_second:
            expected = stats.binomtest(only_first, only_first + only_second).pvalue
        assert mcnemar_p(first, second) == pytest.approx(expected, rel=1e-9)


def test_wilson_equals_scipy() -> None:
    for hits, items in ((0, 10), (10, 10), (1, 3), (812, 1000), (5, 7)):
        expected = stats.binomtest(hits, items).proportion_ci(method="wilson")
        assert wilson_interval(hits, items) == pytest.approx(
            (expected.low, expected.high), abs=1e-9
        )


def test_a_share_of_all_right_items_has_an_interval_below_one() -> None:
    items = accuracy().items(["a"] * 20, ["a"] * 20)
    interval = interval_of(accuracy(), items)
    assert interval is not None
    assert interval[1] == 1
    assert 0.8 < interval[0] < 0.9


def test_one_item_has_no_interval() -> None:
    items = Bleu().items([("a b c d",)], ["a b c d"])
    assert interval_of(Bleu(), items) is None
    assert compare(Bleu(), items, items).interval is None


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    truth = stats.spearmanr(*_pairs(np.random.default_rng(7), 200_000).T)[0]
    num_hits = 0
    for trial in range(200):
        items = _pairs(rng, 150)
        interval = interval_of(Spearman(), items, num_draws=200, seed=trial)
        assert interval is not None
        num_hits += interval[0] <= truth <= interval[1]
    assert 0.88 <= num_hits / 200 <= 0.99


def _pairs(rng: np.random.Generator, size: int) -> np.ndarray:
    first = rng.normal(size=size)
    return np.stack([first, first + rng.normal(size=size)], axis=1)


def test_drawn_figures_are_those_of_drawn_predictions() -> None:
    gold = ["a", "b", "c", "a", "b", "b", "c", "a"]
    said = ["a", "b", "a", "a", "c", "b", "c", "b"]
    metric = averaged("f1", "macro")
    figures = bootstrap_figures(metric, metric.items(gold, said), num_draws=30, seed=9)
    drawn = np.random.default_rng(9).integers(8, size=(30, 8))
    expected = [measure(metric, [gold[i] for i in row], [said[i] for i in row]) for row in drawn]
    np.testing.assert_allclose(figures, expected)


def test_a_verdict_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = Verdict("f1", "no difference", 0.012, (-0.01, 0.03), 0.31, "paired bootstrap", 1200)
    monkeypatch.setattr(messages, "language", lambda: "en")
    assert verdict.sentence("bert", "TF-IDF") == (
        "no certain difference between bert and TF-IDF: f1 +0.0120,"
        " 95% interval [-0.0100, +0.0300], p = 0.3100 (paired bootstrap, 1,200 items)"
    )
    monkeypatch.setattr(messages, "language", lambda: "zh")
    assert verdict.sentence("bert", "TF-IDF").startswith("bert 与 TF-IDF 没有确定的差别")
