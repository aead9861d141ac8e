"""Scores of clean and dirty items are those of these items."""

from __future__ import annotations

import numpy as np

from yanmo.evaluation.contamination import FoundPassages, clean_and_dirty_scores
from yanmo.tasks.metrics.mean import accuracy


def test_clean_and_dirty_items_have_figures_of_their_own() -> None:
    num_found = np.array([3] * 20 + [1] * 20 + [0] * 60)
    num_passages = np.array([3] * 20 + [10] * 20 + [5] * 40 + [0] * 20)
    found = FoundPassages("corpus", 1234, 8, 14, num_passages, num_found)
    gold = ["x"] * 100
    said = ["x"] * 20 + ["x", "y"] * 40  # learned by heart, then at random
    metric = accuracy()
    numbers = {metric.name: metric.items(gold, said)}
    ids = [f"item {number}" for number in range(100)]
    report = clean_and_dirty_scores(found, [metric], numbers, ids)
    assert (report.num_clean, report.num_dirty, report.num_unchecked) == (40, 40, 20)
    assert [figure.value for figure in (*report.all, *report.clean, *report.dirty)] == [
        0.6,
        0.5,
        0.75,
    ]
    assert report.clean[0].num_items == 60 and report.clean[0].interval is not None
    assert report.dirty_ids == tuple(ids[:40])
    strict = clean_and_dirty_scores(found, [metric], numbers, ids, max_found_frac=0.5)
    assert strict.num_dirty == 20 and strict.dirty[0].value == 1.0


def test_a_test_set_without_dirty_items_has_no_dirty_figure() -> None:
    nothing = np.zeros(10, dtype=np.int64)
    found = FoundPassages("corpus", 5, 8, 14, nothing + 4, nothing)
    metric = accuracy()
    numbers = {metric.name: metric.items(["x"] * 10, ["x"] * 10)}
    report = clean_and_dirty_scores(found, [metric], numbers, [str(n) for n in range(10)])
    assert report.dirty[0].value is None and report.dirty[0].interval is None
    assert report.clean[0].value == report.all[0].value == 1.0
