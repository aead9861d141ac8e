"""Calibration figures equal worked examples and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from yanmo.tasks.metrics.calibration import (
    BrierScore,
    CalibrationError,
    LogLoss,
    calibration_metrics,
)
from yanmo.tasks.metrics.metric import measure

LABELS = ("no", "yes")


def test_calibration_error_worked_by_hand() -> None:
    # Two bins of the upper half: (0.6, 0.6) with one hit of two, (0.9, 0.9) with two hits of two.
    probs = [[0.4, 0.6], [0.6, 0.4], [0.1, 0.9], [0.9, 0.1]]
    gold = ["yes", "yes", "yes", "no"]
    expected = (2 * abs(0.5 - 0.6) + 2 * abs(1 - 0.9)) / 4
    assert measure(CalibrationError(LABELS), gold, probs) == pytest.approx(expected)


def test_a_model_that_is_as_sure_as_it_is_right_has_a_small_error() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, size=20_000)
    gold = ["yes" if is_hit else "no" for is_hit in rng.random(20_000) < p]
    probs = np.stack([1 - p, p], axis=1)
    assert measure(CalibrationError(LABELS), gold, probs) < 0.02
    overconfident = np.tile([0.0, 1.0], (20_000, 1))
    assert measure(CalibrationError(LABELS), gold, overconfident) == pytest.approx(
        np.mean([g == "no" for g in gold])
    )


@pytest.mark.slow
def test_log_loss_equals_scikit_learn_and_brier_its_formula_on_1000_random_cases() -> None:
    labels = ("a", "b", "c")
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        gold = ["a", "b", "c", *rng.choice(labels, size=int(rng.integers(1, 20)))]
        probs = rng.dirichlet(np.ones(3) * 0.5, size=len(gold))
        assert measure(LogLoss(labels), gold, probs) == pytest.approx(
            reference.log_loss(gold, np.clip(probs, 1e-15, 1), labels=list(labels)), rel=1e-6
        )
        of_a = np.array([g == "a" for g in gold], dtype=np.float64)
        binary = np.stack([1 - probs[:, 0], probs[:, 0]], axis=1)
        names = ["yes" if g == "a" else "no" for g in gold]
        assert measure(BrierScore(LABELS), names, binary) == pytest.approx(
            2 * np.mean((probs[:, 0] - of_a) ** 2)
        )


def test_lower_is_better_in_all_of_them() -> None:
    metrics = calibration_metrics(LABELS)
    assert [metric.is_higher_better for metric in metrics] == [False] * 3
    sure, unsure = [[0.01, 0.99]], [[0.6, 0.4]]
    for metric in metrics:
        assert measure(metric, ["yes"], sure) < measure(metric, ["yes"], unsure)
