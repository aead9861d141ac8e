"""Distributions: parts make the whole, nothing is lost, quantiles are near the truth."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.report.distribution import Distribution

VALUES = st.lists(
    st.floats(allow_infinity=True, allow_nan=True) | st.integers(-5, 5).map(float), max_size=60
)


def _of(values: list[float]) -> Distribution:
    distribution = Distribution()
    distribution.add(np.array(values, dtype=np.float64))
    return distribution


@settings(max_examples=200)
@given(VALUES, VALUES)
def test_parts_in_any_order_make_the_whole(one: list[float], other: list[float]) -> None:
    whole = _of([*one, *other]).as_report()
    for first, second in ((one, other), (other, one)):
        merged = Distribution.from_json(json.loads(json.dumps(_of(first).to_json())))
        merged.merge(_of(second))
        assert merged.as_report() == whole


@settings(max_examples=200)
@given(VALUES)
def test_every_number_is_in_one_column(values: list[float]) -> None:
    report = _of(values).as_report()
    numbers = [value for value in values if not math.isnan(value)]
    assert report["count"] == len(numbers)
    if not numbers:
        return
    histogram = report["histogram"]
    assert sum(histogram["counts"]) == len(numbers)
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1
    assert histogram["edges"] == sorted(histogram["edges"])
    assert report["min"] <= report["quantiles"]["0.5"] <= report["max"]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e6])
def test_quantiles_and_mean_are_near_the_truth(scale: float) -> None:
    values = np.random.default_rng(1).lognormal(0, 1, 20_000) * scale
    distribution = Distribution()
    for part in np.array_split(values, 7):
        distribution.add(part)
    report = distribution.as_report()
    assert report["mean"] == pytest.approx(values.mean(), rel=1e-3)
    assert report["max"] == values.max()
    for fraction, value in report["quantiles"].items():
        assert value == pytest.approx(np.quantile(values, float(fraction)), rel=1 / 8)


def test_shares_are_drawn_in_equal_columns() -> None:
    histogram = _of([0.0, 0.5, 0.99, 1.0]).as_report()["histogram"]
    assert histogram["edges"][:3] == [0.0, 0.02, 0.04]
    assert histogram["counts"][0] == 1 and histogram["counts"][25] == 1
    assert histogram["counts"][49] == 2


def test_zero_has_its_place_between_the_signs() -> None:
    histogram = _of([-3.0, 0.0, 0.0, 5.0]).as_report()["histogram"]
    assert sum(histogram["counts"]) == 4
    place = next(
        i for i, edge in enumerate(histogram["edges"]) if edge <= 0 < histogram["edges"][i + 1]
    )
    assert histogram["counts"][place] == 2
