"""A report holds every figure with its interval and signature, and a row for each item."""

from __future__ import annotations

import json

import pytest

from yanmo.core.errors import DataError
from yanmo.evaluation.scores import compare_scores, score_predictions, value_of
from yanmo.tasks.metrics.of_kind import metrics_of

GOLD = [("the cat sat on the mat",), ("a dog ran",), ("birds fly high today",)] * 5
SAID = ["the cat sat on a mat", "a dog ran", "birds swim"] * 5


def test_report_is_json_with_value_interval_and_signature() -> None:
    metrics = metrics_of("translation", "en")
    scores = score_predictions(metrics, GOLD, SAID, num_draws=200)
    report = json.loads(json.dumps(scores.report))
    assert report["items"] == 15
    assert [figure["name"] for figure in report["figures"]] == ["bleu", "chrf"]
    for figure in report["figures"]:
        low, high = figure["interval"]
        assert low <= figure["value"] <= high
        assert "version:" in figure["signature"]


def test_each_item_has_its_own_score() -> None:
    scores = score_predictions(metrics_of("questions"), GOLD, SAID, ids=list("abcdefghijklmno"))
    assert scores.rows[1]["id"] == "b"
    assert scores.rows[1]["score/exact_match"] == 1
    assert scores.rows[2]["score/exact_match"] == 0
    assert scores.rows[2]["score/f1"] == pytest.approx(2 / 6)  # one word of four and of two
    mean = sum(row["score/f1"] for row in scores.rows) / 15
    assert value_of(scores.report, "f1") == pytest.approx(mean)


def test_a_rank_correlation_has_no_score_for_one_item() -> None:
    scores = score_predictions(metrics_of("similarity"), [1.0, 2.0, 3.0], [0.1, 0.3, 0.2])
    assert [row["score/spearman"] for row in scores.rows] == [None] * 3
    assert value_of(scores.report, "spearman") == pytest.approx(0.5)


def test_two_models_are_compared_by_every_metric() -> None:
    metrics = metrics_of("classification")
    gold = ["yes", "no"] * 100
    better = score_predictions(metrics, gold, gold)
    worse = score_predictions(metrics, gold, ["yes"] * 200)
    verdicts = compare_scores(metrics, better, worse)
    assert set(verdicts) == {metric.name for metric in metrics}
    assert {verdict.outcome for verdict in verdicts.values()} == {"better"}
    assert verdicts["accuracy"].test == "exact McNemar"


def test_nothing_to_measure_on_is_an_error() -> None:
    with pytest.raises(DataError, match="no item"):
        score_predictions(metrics_of("classification"), [], [])
