"""Series: order, repeats, thinning, smoothing, axes."""

from __future__ import annotations

import math
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.pipeline.report.curves import build_curves, decimate, smooth
from yanmo.pipeline.report.line_chart import tick_text, ticks

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


@given(values=VALUES, max_points=st.integers(4, 60))
def test_thinning_keeps_ends_and_extremes(values: list[float], max_points: int) -> None:
    kept = decimate(values, max_points)
    assert len(kept) <= max_points
    assert kept == sorted(set(kept))
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    shown = [values[index] for index in kept]
    assert max(shown) == max(values) and min(shown) == min(values)


@given(values=VALUES, reach=st.integers(0, 50))
def test_smoothing_stays_within_the_values(values: list[float], reach: int) -> None:
    smoothed = smooth(values, reach)
    assert len(smoothed) == len(values)
    slack = 1e-6 * (1 + max(abs(value) for value in values))
    assert all(min(values) - slack <= value <= max(values) + slack for value in smoothed)


def test_smoothing_does_not_lag_behind_a_straight_fall() -> None:
    falling = [float(-index) for index in range(100)]
    assert smooth(falling, 5)[:90] == pytest.approx(falling[:90])


def test_repeated_steps_count_once_with_their_last_row() -> None:
    rows = [{"step": 2, "train/loss": 9.0}, {"step": 1, "train/loss": 3.0}]
    rows += [{"step": 2, "train/loss": 2.0}]
    curves = build_curves(rows)
    assert curves.loss is not None
    assert curves.loss.groups[0].x["step"] == [1, 2]
    assert curves.loss.groups[0].lines[0].y == [3.0, 2.0]


def test_long_pause_is_cut_out_of_the_time_axis(fixture_run: ModuleType) -> None:
    rows = fixture_run.metric_rows(100)
    later = [{**row, "time": row["time"] + 1e6 * (row["step"] > 50)} for row in rows]
    curves = build_curves(later)
    assert curves.loss is not None and curves.num_pauses == 1
    assert max(curves.loss.groups[0].x["time"]) == pytest.approx(412 * 99 / 100, rel=0.01)


def test_validations_find_their_place_on_every_axis(fixture_run: ModuleType) -> None:
    curves = build_curves(fixture_run.metric_rows(100))
    assert curves.loss is not None
    train, validation = curves.loss.groups
    assert set(train.x) == set(validation.x) == {"step", "tokens", "time"}
    assert validation.x["tokens"] == [step * 4096 for step in validation.x["step"]]


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    rows = [{"step": step, "train/loss": math.nan if step == 3 else 1.0} for step in range(1, 6)]
    curves = build_curves(rows)
    assert curves.num_not_finite == 1
    assert curves.loss is not None and curves.loss.groups[0].x["step"] == [1, 2, 4, 5]


def test_nothing_logged_gives_no_chart() -> None:
    curves = build_curves([])
    assert curves.loss is None and curves.panels == [] and curves.validation == []


@given(low=st.floats(-1e4, 1e4), width=st.floats(1e-3, 1e5), wanted=st.integers(2, 12))
def test_ticks_lie_in_the_range_and_are_not_too_many(low: float, width: float, wanted: int) -> None:
    found = ticks(low, low + width, wanted)
    assert 1 <= len(found) <= 2 * wanted + 2
    slack = 1e-6 * (abs(low) + width)
    assert all(low - slack <= tick <= low + width + slack for tick in found)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (0.003, "0.003"), (3e-5, "3e-5"), (2.5, "2.5"), (4000, "4,000"), (100, "100")],
)
def test_tick_texts_are_short(value: float, written: str) -> None:
    assert tick_text(value) == written
