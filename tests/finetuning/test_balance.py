"""Rare classes weigh as much as frequent ones, and draws are even."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight
from tests.finetuning.heads import CLASSES, SENTENCES, TAGS, TEXTS, task_rows

from yanmo.finetuning.balance import (
    balanced_order,
    class_weights,
    draw_examples,
    draw_of_each_class,
)
from yanmo.finetuning.head_rows import build_head_rows


def test_weights_are_those_of_scikit_learn() -> None:
    rows = build_head_rows(task_rows(CLASSES), [TEXTS])
    labels = np.array([1, 0, 1, 1])
    expected = compute_class_weight("balanced", classes=np.array([0, 1]), y=labels)
    assert class_weights(rows, 0, CLASSES) == pytest.approx(expected)


def test_weights_of_tags_count_words_and_leave_the_loss_as_large_as_it_was() -> None:
    rows = build_head_rows(task_rows(TAGS), [SENTENCES])
    weights = class_weights(rows, 0, TAGS)
    counts = np.array([1, 2, 2])  # O, B-PER, I-PER
    assert weights @ counts == pytest.approx(counts.sum())
    assert weights[0] == pytest.approx(2 * weights[1])


def test_a_class_without_rows_weighs_nothing() -> None:
    rows = build_head_rows(task_rows(CLASSES), [[TEXTS[0], TEXTS[2]]])
    assert class_weights(rows, 0, CLASSES).tolist() == [0.0, 1.0]


def test_resampled_rows_have_as_many_of_every_class() -> None:
    rows = build_head_rows(task_rows(CLASSES, TAGS), [TEXTS, SENTENCES])
    order = balanced_order(rows, (CLASSES, TAGS), seed=3)
    counts = Counter(rows.rows[place].label for place in order if rows.rows[place].head == 0)
    assert counts == {0.0: 3, 1.0: 3}
    assert set(range(rows.num_rows)) <= set(order.tolist())
    assert order.tolist() == balanced_order(rows, (CLASSES, TAGS), seed=3).tolist()


LABELS = ["a"] * 50 + ["b"] * 5 + ["c"] * 2


def test_a_draw_takes_classes_in_turn() -> None:
    chosen = draw_examples(LABELS, 12, seed=1)
    assert chosen == sorted(set(chosen))
    assert Counter(LABELS[place] for place in chosen) == {"a": 5, "b": 5, "c": 2}
    assert chosen != draw_examples(LABELS, 12, seed=2)
    assert chosen == draw_examples(LABELS, 12, seed=1)
    assert draw_examples(LABELS, 100, seed=1) == list(range(57))


def test_so_many_of_each_class_or_all_there_are() -> None:
    chosen = draw_of_each_class(LABELS, 3, seed=1)
    assert Counter(LABELS[place] for place in chosen) == {"a": 3, "b": 3, "c": 2}
    assert chosen != draw_of_each_class(LABELS, 3, seed=2)
    assert len(draw_of_each_class([None] * 20, 4, seed=0)) == 4
