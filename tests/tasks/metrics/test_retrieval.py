"""Figures of search against an example worked by hand."""

from __future__ import annotations

import pytest

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.retrieval import retrieval_metrics

GOLD = [{"a"}, {"b", "c"}, {"d"}]
FOUND = [["a", "x"], ["x", "c", "b"], ["x", "y", "z", "d"]]


@pytest.mark.parametrize(
    ("limit", "figures"),
    [
        (1, {"mrr_at_1": 1 / 3, "found_at_1": 1 / 3}),
        (3, {"mrr_at_3": 0.5, "found_at_1": 1 / 3, "found_at_3": 2 / 3}),
        (4, {"mrr_at_4": (1 + 1 / 2 + 1 / 4) / 3, "found_at_1": 1 / 3, "found_at_4": 1.0}),
    ],
)
def test_figures_are_those_of_the_worked_example(limit: int, figures: dict[str, float]) -> None:
    found = {metric.name: measure(metric, GOLD, FOUND) for metric in retrieval_metrics(limit)}
    assert found == pytest.approx(figures)


def test_nothing_found_is_worth_nothing() -> None:
    assert measure(retrieval_metrics(5)[0], [{"a"}], [[]]) == 0.0
