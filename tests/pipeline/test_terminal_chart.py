"""Charts of characters show the points that they were given, and stay within their width."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from yanmo.core.text_width import cell_width
from yanmo.pipeline.terminal_chart import Series, draw_series

values = st.lists(st.floats(-1e12, 1e12) | st.just(math.nan), min_size=1, max_size=60)


def test_a_falling_line_runs_from_the_upper_left_to_the_lower_right() -> None:
    lines = draw_series([Series([0, 10], [5, 1])], columns=30, rows=10)
    body = [line[line.index(line.lstrip("0123456789 ")[0]) + 1 :] for line in lines[:8]]
    assert lines[0].startswith("5 ┤")
    assert lines[7].startswith("1 ┤")
    firsts = [len(line) - len(line.lstrip()) for line in body]
    assert firsts == sorted(firsts)
    assert firsts[0] == 0
    assert lines[-1].split() == ["0", "10"]


def test_marks_stand_at_their_points_over_the_line() -> None:
    lines = draw_series(
        [Series([0, 1, 2], [0, 1, 2]), Series([0, 2], [2, 0], mark="o")], columns=23, rows=8
    )
    assert lines[0].replace("⢀", "").split("┤")[1].startswith("o")
    assert lines[5].endswith("o")


def test_a_logarithmic_scale_leaves_out_what_has_no_logarithm() -> None:
    lines = draw_series([Series([0, 1, 2], [100.0, 0.0, 1.0])], columns=30, rows=9, is_log=True)
    assert [lines[row].split("┤")[0].strip() for row in (0, 3, 6)] == ["100", "10", "1"]


def test_nothing_to_draw_gives_no_lines() -> None:
    assert draw_series([Series([0.0], [math.nan])], columns=30, rows=9) == []
    assert draw_series([], columns=30, rows=9) == []


@given(values, st.integers(20, 120), st.integers(5, 30), st.booleans())
def test_no_chart_is_wider_or_higher_than_it_was_asked_to_be(
    y: list[float], columns: int, rows: int, is_log: bool
) -> None:
    x = [float(number) for number in range(len(y))]
    lines = draw_series([Series(x, y)], columns=max(columns, 40), rows=rows, is_log=is_log)
    assert len(lines) in (0, rows)
    assert all(cell_width(line) <= max(columns, 40) for line in lines)
