"""Ranked keywords, worked by hand."""

from __future__ import annotations

import pytest

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.ranking import at_k, keyword_metrics, reciprocal_rank

GOLD = ("Neural Networks", "speech recognition", "训练")
SAID = ("speech", "neural network", "neural networks", "训练", "corpus", "speech recognition")


def test_worked_by_hand() -> None:
    # A repeated keyword counts once, so that 训练 is the third and the last is the fifth.
    assert measure(at_k("precision", 5), [GOLD], [SAID]) == pytest.approx(3 / 5)
    assert measure(at_k("recall", 5), [GOLD], [SAID]) == pytest.approx(1)
    assert measure(at_k("f1", 5), [GOLD], [SAID]) == pytest.approx(2 * 3 / 8)
    assert measure(at_k("recall", 3), [GOLD], [SAID]) == pytest.approx(2 / 3)
    assert measure(reciprocal_rank(), [GOLD], [SAID]) == pytest.approx(1 / 2)


def test_few_predictions_do_not_raise_precision() -> None:
    assert measure(at_k("precision", 5), [("a",)], [("a",)]) == pytest.approx(1 / 5)


def test_nothing_said_is_worth_nothing() -> None:
    for metric in keyword_metrics():
        assert measure(metric, [GOLD], [()]) == 0
