"""Curves thinned for a screen lose no spike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yanmo.studio.metric_log import MetricLog
from yanmo.studio.series import axis_values, decimate, elapsed, read_series


@given(arrays(np.float64, st.integers(2, 300), elements=st.floats(-1e6, 1e6)), st.integers(2, 60))
def test_every_extreme_and_both_ends_stay(y: np.ndarray, most: int) -> None:
    x = np.arange(len(y), dtype=np.float64)
    thinned = decimate(x, y, most)
    assert len(thinned.x) == min(len(y), most)
    assert (thinned.x[0], thinned.x[-1]) == (x[0], x[-1])
    assert bool(np.all(np.diff(thinned.x) > 0))
    if thinned.low is None or thinned.high is None:
        assert thinned.y.tolist() == y.tolist()
        return
    assert (thinned.low.min(), thinned.high.max()) == (y.min(), y.max())
    assert bool(np.all(thinned.low <= thinned.y + 1e-6))
    assert bool(np.all(thinned.y <= thinned.high + 1e-6))


def test_a_pause_is_no_training_time() -> None:
    times = np.array([0.0, 1.0, 2.0, np.nan, 10_000.0, 10_001.0])
    assert elapsed(times).tolist()[:3] == [0.0, 1.0, 2.0]
    assert elapsed(times)[4:].tolist() == [3.0, 4.0]
    assert len(elapsed(np.array([]))) == 0


def write(path: Path, rows: list[dict[str, float]]) -> MetricLog:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    log = MetricLog(path)
    log.refresh()
    return log


def test_a_step_that_was_logged_twice_counts_once(tmp_path: Path) -> None:
    steps = [(1, 5.0), (2, 4.0), (3, 3.0), (2, 4.5), (3, 3.5)]
    log = write(tmp_path / "m", [{"step": s, "train/loss": y} for s, y in steps])
    found = read_series(log, "train/loss", axis_values(log, "step", None), max_points=10)
    assert (found.x.tolist(), found.y.tolist()) == ([1, 2, 3], [5.0, 4.5, 3.5])


def test_a_part_of_the_axis_has_a_neighbour_on_each_side(tmp_path: Path) -> None:
    log = write(tmp_path / "m", [{"step": n, "train/loss": n} for n in range(100)])
    x = axis_values(log, "step", None)
    found = read_series(log, "train/loss", x, max_points=50, low=10.0, high=12.0)
    assert found.x.tolist() == [9, 10, 11, 12, 13]


def test_flops_are_tokens_times_those_of_one(tmp_path: Path) -> None:
    log = write(tmp_path / "m", [{"step": 1, "train/tokens": 64, "train/loss": 1.0}])
    assert axis_values(log, "flops", 10.0).tolist() == [640.0]
    unknown = axis_values(log, "flops", None)
    assert len(read_series(log, "train/loss", unknown, max_points=5).x) == 0
