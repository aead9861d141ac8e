"""Curves of a run drawn with characters, for a terminal without a browser.

In: series of points. Out: lines of text, a frame with figures around dots of a quarter of a
character's height and half its width (Braille patterns, U+2800 and on). Knows no runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a Braille pattern by row and column."""
_BLANK = 0x2800
_LEAST_COLUMNS, _LEAST_ROWS = 12, 3


@dataclass(frozen=True)
class Series:
    """Points to draw, in the order of x.

    Attributes:
        mark: a character that stands at every point; None draws a line of dots.
    """

    x: Sequence[float]
    y: Sequence[float]
    mark: str | None = None


@dataclass
class _Canvas:
    """Cells of dots and the marks over them; row 0 is on top."""

    columns: int
    rows: int
    bits: list[list[int]] = field(init=False)
    marks: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bits = [[0] * self.columns for _ in range(self.rows)]

    def dot(self, x: int, y: int) -> None:
        """Set the dot `x` from the left and `y` from the top."""
        self.bits[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    def line(self, row: int) -> str:
        """The characters of one row."""
        return "".join(
            self.marks.get((row, column), chr(_BLANK + bits) if bits else " ")
            for column, bits in enumerate(self.bits[row])
        )


def draw_series(
    series: Sequence[Series], *, columns: int, rows: int, is_log: bool = False
) -> list[str]:
    """A chart of `columns` by `rows` characters, its figures included.

    Points that are not finite are left out, and so are those that have no logarithm where `is_log`.
    Nothing to draw gives no lines.
    """
    shown = [_shown(one, is_log=is_log) for one in series]
    points = [point for one in shown for point in one]
    if not points:
        return []
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    labels = [_figure(10**level if is_log else level) for level in (high, (low + high) / 2, low)]
    width = max(map(len, labels))
    canvas = _Canvas(max(_LEAST_COLUMNS, columns - width - 2), max(_LEAST_ROWS, rows - 2))
    for one, pairs in zip(series, shown, strict=True):
        places = [
            (
                _place(x, left, right, 2 * canvas.columns),
                4 * canvas.rows - 1 - _place(y, low, high, 4 * canvas.rows),
            )
            for x, y in pairs
        ]
        _draw(canvas, places, one.mark)
    return _framed(canvas, labels, width, _figure(left), _figure(right))


def _shown(series: Series, *, is_log: bool) -> list[tuple[float, float]]:
    pairs = [
        (x, y)
        for x, y in zip(series.x, series.y, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    return [(x, math.log10(y)) for x, y in pairs if y > 0] if is_log else pairs


def _place(value: float, low: float, high: float, size: int) -> int:
    """Which of `size` places between `low` and `high` is that of `value`."""
    return round((value - low) / (high - low) * (size - 1)) if high > low else (size - 1) // 2


def _draw(canvas: _Canvas, places: Sequence[tuple[int, int]], mark: str | None) -> None:
    if mark is not None:
        canvas.marks |= {(y // 4, x // 2): mark for x, y in places}
        return
    for number, (x, y) in enumerate(places):
        before_x, before_y = places[max(0, number - 1)]
        steps = max(abs(x - before_x), abs(y - before_y), 1)
        for step in range(steps + 1):
            canvas.dot(
                round(before_x + (x - before_x) * step / steps),
                round(before_y + (y - before_y) * step / steps),
            )


def _framed(canvas: _Canvas, labels: Sequence[str], width: int, left: str, right: str) -> list[str]:
    beside = {0: labels[0], (canvas.rows - 1) // 2: labels[1], canvas.rows - 1: labels[2]}
    lines = [
        f"{beside.get(row, ''):>{width}} {'┤' if row in beside else '│'}{canvas.line(row)}".rstrip()
        for row in range(canvas.rows)
    ]
    gap = max(1, canvas.columns - len(left) - len(right))
    return [
        *lines,
        " " * (width + 1) + "└" + "─" * canvas.columns,
        " " * (width + 2) + left + " " * gap + right,
    ]


def _figure(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"
