"""A column of a metric log as a curve: over steps, tokens, seconds or FLOPs, thinned for a screen.

In: a `MetricLog`. Out: points; where there are more than were asked for, so many buckets with the
mean, the least and the greatest of each, so that no spike is lost. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.studio.metric_log import MetricLog

Axis = Literal["step", "tokens", "time", "flops"]
_Floats = NDArray[np.float64]

_MIN_PAUSE_S = 120.0
_PAUSE_RATIO = 30.0
"""A gap is a pause of the run where it is this often the usual one, and `_MIN_PAUSE_S` long."""


@dataclass(frozen=True)
class Series:
    """One curve. `low` and `high` are None where no points were put together; `each` is how many
    points a bucket holds, on average."""

    x: _Floats
    y: _Floats
    low: _Floats | None = None
    high: _Floats | None = None
    each: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """For orjson, which knows arrays."""
        return {"x": self.x, "y": self.y, "low": self.low, "high": self.high, "each": self.each}


def axis_values(log: MetricLog, axis: Axis, flops_per_token: float | None) -> _Floats:
    """Where each row of `log` stands on `axis`; NaN where that is not known."""
    if axis == "step":
        return log.steps().astype(np.float64)
    if axis == "time":
        return elapsed(log.times())
    tokens = log.tokens()
    if axis == "tokens":
        return tokens
    return tokens * (np.nan if flops_per_token is None else flops_per_token)


def elapsed(times: _Floats) -> _Floats:
    """Seconds since the first row, pauses of a run that was resumed left out."""
    known = np.isfinite(times)
    result = np.full(len(times), np.nan)
    if not known.any():
        return result
    gaps = np.maximum(np.diff(times[known]), 0.0)
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    longest = max(_MIN_PAUSE_S, _PAUSE_RATIO * usual)
    gaps = np.where(gaps > longest, usual, gaps)
    result[known] = np.concatenate([[0.0], np.cumsum(gaps)])
    return result


def read_series(
    log: MetricLog,
    key: str,
    x_of_rows: _Floats,
    *,
    max_points: int,
    first_row: int = 0,
    low: float | None = None,
    high: float | None = None,
) -> Series:
    """The curve of `key`.

    Args:
        x_of_rows: where each row stands.
        max_points: the most that come back.
        first_row: rows before it are left out.
        low: of the part of the axis that is wanted, with one point before it.
        high: its other end, with one point after it.
    """
    rows, values = log.column(key)
    is_new = (rows >= first_row) & (rows < len(x_of_rows))
    rows, values = rows[is_new], values[is_new]
    x = x_of_rows[rows]
    is_placed = np.isfinite(x)
    x, values = _latest_of_each(x[is_placed], values[is_placed])
    start = 0 if low is None else max(int(np.searchsorted(x, low, "left")) - 1, 0)
    end = len(x) if high is None else int(np.searchsorted(x, high, "right")) + 1
    return decimate(x[start:end], values[start:end], max_points)


def decimate(x: _Floats, y: _Floats, max_points: int) -> Series:
    """At most `max_points` points; the first and the last x stay."""
    count = len(x)
    if count <= max_points:
        return Series(x, y)
    starts = np.linspace(0, count, max_points, endpoint=False).astype(np.int64)
    sizes = np.diff(np.append(starts, count))
    middle = x[np.append(starts[1:], count) - 1].copy()
    middle[0] = x[0]
    return Series(
        x=middle,
        y=np.add.reduceat(y, starts) / sizes,
        low=np.minimum.reduceat(y, starts),
        high=np.maximum.reduceat(y, starts),
        each=count / max_points,
    )


def _latest_of_each(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
    """Points in the order of x; of those with the same x, the one that was logged last."""
    if len(x) < 2 or bool(np.all(np.diff(x) > 0)):
        return x, y
    backwards = x[::-1]
    kept, places = np.unique(backwards, return_index=True)
    return kept, y[::-1][places]
