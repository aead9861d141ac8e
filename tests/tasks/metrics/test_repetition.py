"""The share of distinct n-grams, worked by hand."""

from __future__ import annotations

import pytest

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.repetition import distinct


def test_worked_by_hand() -> None:
    # Pairs: the cat, cat the, the cat: two of three are distinct.
    assert measure(distinct(2), [""], ["the cat the cat"]) == pytest.approx(2 / 3)
    assert measure(distinct(1), [""], ["好好好"]) == pytest.approx(1 / 3)
    assert measure(distinct(2), ["", ""], ["好好好", "一二三"]) == pytest.approx((1 / 2 + 1) / 2)


def test_a_text_too_short_to_repeat_counts_as_distinct() -> None:
    assert measure(distinct(4), ["", ""], ["", "one two"]) == 1
