"""The parts of a report say what the metrics and verdicts say."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.evaluation.report_parts import (
    calibration_of,
    classes_and_confusion,
    comparison_of,
    figure_on,
    predictor_scores,
)
from yanmo.evaluation.significance import compare
from yanmo.tasks.metrics.classification import averaged, table_of_classes
from yanmo.tasks.metrics.mean import accuracy

GOLD = ["a", "b", "b", "c"] * 25
SAID = ["a", "b", "c", "c"] * 25


def test_a_figure_holds_the_value_and_what_it_rests_on() -> None:
    metric = accuracy()
    figure = figure_on(metric, metric.items(GOLD, SAID))
    assert figure.value == 0.75 and figure.num_items == 100
    assert figure.interval is not None and figure.interval[0] < 0.75 < figure.interval[1]
    assert figure.signature == metric.signature
    nothing = figure_on(metric, metric.items(GOLD, SAID)[:0])
    assert nothing.value is None and nothing.interval is None and nothing.num_items == 0


def test_scores_and_comparisons_come_in_the_order_of_the_metrics() -> None:
    metrics = (averaged("f1", "macro"), accuracy())
    numbers = {metric.name: metric.items(GOLD, SAID) for metric in metrics}
    scores = predictor_scores("model", "model", metrics, numbers)
    assert [figure.metric for figure in scores.figures] == ["f1_macro", "accuracy"]
    worse = accuracy().items(GOLD, ["a"] * 100)
    comparison = comparison_of(compare(accuracy(), numbers["accuracy"], worse), "model", "most")
    assert (comparison.model, comparison.other, comparison.verdict) == ("model", "most", "better")
    assert comparison.difference == pytest.approx(0.5) and comparison.p_value is not None


def test_the_confusion_matrix_has_gold_in_its_rows() -> None:
    classes, confusion = classes_and_confusion(table_of_classes(GOLD, SAID))
    assert confusion.labels == ("a", "b", "c")
    assert confusion.counts == ((25, 0, 0), (0, 25, 25), (0, 0, 25))
    assert [(row.label, row.support) for row in classes] == [("a", 25), ("b", 50), ("c", 25)]
    assert classes[1].recall == 0.5 and classes[2].precision == 0.5


def test_bins_of_calibration_count_every_item_and_give_the_error() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1.0, 2000)
    is_right = rng.random(2000) < sure**2  # less often right than it says
    gold = np.where(is_right, "x", "y").tolist()
    calibration = calibration_of(gold, np.stack([sure, 1 - sure], axis=1), ("x", "y"))
    assert sum(each.count for each in calibration.bins) == 2000
    assert [each.confidence for each in calibration.bins[:4]] == [None] * 4
    by_hand = sum(
        each.count / 2000 * abs((each.confidence or 0) - (each.accuracy or 0))
        for each in calibration.bins
    )
    assert calibration.expected_error == pytest.approx(by_hand)
    assert calibration.interval is not None
    assert calibration.interval[0] < calibration.expected_error < calibration.interval[1]
