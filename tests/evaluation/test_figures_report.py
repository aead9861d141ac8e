"""Figures of predictions as JSON: value, interval, signature; nothing to measure on is an error."""

from __future__ import annotations

import json

import pytest

from yanmo.core.errors import DataError
from yanmo.evaluation.report_parts import figures_report
from yanmo.tasks.metrics.of_kind import metrics_of

GOLD = [("the cat sat on the mat",), ("a dog ran",), ("birds fly high today",)] * 5
SAID = ["the cat sat on a mat", "a dog ran", "birds swim"] * 5


def test_report_is_json_with_value_interval_and_signature() -> None:
    report = figures_report(metrics_of("translation", "en"), GOLD, SAID, num_draws=200)
    report = json.loads(json.dumps(report))
    assert report["items"] == 15
    assert [figure["metric"] for figure in report["figures"]] == ["bleu", "chrf"]
    for figure in report["figures"]:
        low, high = figure["interval"]
        assert low <= figure["value"] <= high
        assert "version:" in figure["signature"]


def test_a_rank_correlation_is_of_all_items() -> None:
    report = figures_report(metrics_of("similarity"), [1.0, 2.0, 3.0], [0.1, 0.3, 0.2])
    assert report["figures"][0]["value"] == pytest.approx(0.5)


def test_nothing_to_measure_on_is_an_error() -> None:
    with pytest.raises(DataError, match="no item"):
        figures_report(metrics_of("classification"), [], [])
