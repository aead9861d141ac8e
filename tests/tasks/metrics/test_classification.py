"""Figures of classes equal scikit-learn's and a confusion matrix worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn import metrics as reference

from yanmo.tasks.metrics.classification import (
    MatthewsCorrelation,
    averaged,
    table_of_classes,
)
from yanmo.tasks.metrics.counts import Average, Quantity
from yanmo.tasks.metrics.mean import accuracy
from yanmo.tasks.metrics.metric import measure

AVERAGES: tuple[Average, ...] = ("micro", "macro", "weighted")
QUANTITIES: tuple[Quantity, ...] = ("precision", "recall", "f1")

# Rows are true, columns said: cat, dog, owl. Worked on paper:
# precision 3/5, 2/4, 1/1; recall 3/4, 2/3, 1/3; f1 2/3, 4/7, 1/2.
GOLD = ["cat"] * 4 + ["dog"] * 3 + ["owl"] * 3
SAID = ["cat", "cat", "cat", "dog", "cat", "dog", "dog", "cat", "dog", "owl"]


def test_confusion_matrix_worked_by_hand() -> None:
    table = table_of_classes(GOLD, SAID)
    assert table["classes"] == ["cat", "dog", "owl"]
    assert table["confusion"] == [[3, 1, 0], [1, 2, 0], [1, 1, 1]]
    assert table["by_class"]["cat"] == {
        "precision": pytest.approx(3 / 5),
        "recall": pytest.approx(3 / 4),
        "f1": pytest.approx(2 / 3),
        "items": 4,
    }
    assert measure(accuracy(), GOLD, SAID) == pytest.approx(6 / 10)
    assert measure(averaged("f1", "macro"), GOLD, SAID) == pytest.approx(
        (2 / 3 + 4 / 7 + 1 / 2) / 3
    )
    assert measure(averaged("precision", "weighted"), GOLD, SAID) == pytest.approx(
        (4 * 3 / 5 + 3 * 1 / 2 + 3 * 1) / 10
    )
    assert measure(averaged("recall", "macro"), GOLD, SAID) == pytest.approx(
        (3 / 4 + 2 / 3 + 1 / 3) / 3
    )
    assert measure(averaged("f1", "micro"), GOLD, SAID) == pytest.approx(6 / 10)


def drawn_labels(seed: int) -> tuple[list[str], list[str]]:
    """Random labels; one in three cases is degenerate."""
    rng = np.random.default_rng(seed)
    num_items, num_classes = int(rng.integers(1, 30)), int(rng.integers(1, 7))
    gold = [f"c{label}" for label in rng.integers(num_classes, size=num_items)]
    said = [f"c{label}" for label in rng.integers(num_classes, size=num_items)]
    kind = seed // 3 % 9
    if kind == 0:
        said = ["c0"] * num_items  # one class is said of everything
    if kind == 3:
        gold = ["c0"] * num_items  # one class is all there is
    if kind == 6:
        said = ["unseen", *said[1:]]  # a class that the gold does not have
    return gold, said


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_equal_to_scikit_learn_on_1000_random_cases() -> None:
    for seed in range(1000):
        gold, said = drawn_labels(seed)
        assert measure(accuracy(), gold, said) == pytest.approx(
            reference.accuracy_score(gold, said)
        )
        average = AVERAGES[seed % 3]
        with config_context(skip_parameter_validation=True, assume_finite=True):
            expected = reference.precision_recall_fscore_support(
                gold, said, average=average, zero_division=0
            )
        for quantity, value in zip(QUANTITIES, expected[:3], strict=True):
            mine = measure(averaged(quantity, average), gold, said)
            assert mine == pytest.approx(value, abs=1e-12), (seed, quantity, average)
        assert measure(MatthewsCorrelation(), gold, said) == pytest.approx(
            reference.matthews_corrcoef(gold, said), abs=1e-12
        )


def test_a_drawn_set_without_a_class_is_averaged_over_the_others() -> None:
    metric = averaged("f1", "macro")
    items = metric.items(GOLD, SAID)
    weights = np.array([[1.0] * 7 + [0.0] * 3])
    assert metric.figures(items, weights)[0] == pytest.approx(measure(metric, GOLD[:7], SAID[:7]))
