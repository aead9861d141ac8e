"""A line chart as SVG, drawn here so that the page shows it without a script.

Comes in: a `Chart` of series. Goes out: an `svg` element over steps, linear in y. The script on the
page draws the same chart again at the width it finds, with the same classes, and makes it respond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from yanmo.core.page.markup import Html, join, tag
from yanmo.pipeline.report.curves import Chart, Group, Line
from yanmo.pipeline.report.numbers import figure, short

# Space for the numbers beside and below the plot, in SVG units. The script has the same.
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 10, 10, 26


@dataclass(frozen=True)
class _Frame:
    """Where the data lie and where the plot does."""

    width: int
    height: int
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        return _LEFT + (value - self.x_low) / (self.x_high - self.x_low) * (
            self.width - _LEFT - _RIGHT
        )

    def y(self, value: float) -> float:
        part = (value - self.y_low) / (self.y_high - self.y_low)
        return self.height - _BOTTOM - part * (self.height - _TOP - _BOTTOM)


def line_chart(chart: Chart, *, width: int, height: int) -> Html:
    """The chart over steps. `width` and `height` are SVG units; the picture scales to its place."""
    frame = _frame(chart, width, height)
    x_ticks = ticks(frame.x_low, frame.x_high, max(2, width // 110))
    y_ticks = ticks(frame.y_low, frame.y_high, max(3, height // 55))
    return tag(
        "svg",
        tag("title", chart.label),
        *[_y_tick(frame, value) for value in y_ticks],
        *[_x_tick(frame, value) for value in x_ticks],
        *[_line(frame, group, line) for group in chart.groups for line in group.lines],
        viewBox=f"0 0 {width} {height}",
        role="img",
        class_="line-chart",
    )


def ticks(low: float, high: float, num_wanted: int) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten) inside [low, high], about `num_wanted`."""
    if not high > low:
        return [low]
    rough = (high - low) / max(1, num_wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.75)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _frame(chart: Chart, width: int, height: int) -> _Frame:
    xs = [value for group in chart.groups for value in group.x["step"]]
    ys = [value for group in chart.groups for line in group.lines for value in line.y]
    x_low, x_high = _widened(min(0.0, min(xs)), max(xs), 0.0)
    y_low, y_high = _widened(min(ys), max(ys), 0.04)
    if not chart.is_large and min(ys) >= 0 and min(ys) <= 0.3 * max(ys):
        y_low = 0.0
    return _Frame(width, height, x_low, x_high, y_low, y_high)


def _widened(low: float, high: float, part: float) -> tuple[float, float]:
    """The range with a margin; a single value gets room around it."""
    if high <= low:
        around = abs(low) * 0.1 or 1.0
        return low - around, high + around
    margin = part * (high - low)
    return low - margin, high + margin


def _y_tick(frame: _Frame, value: float) -> Html:
    y = round(frame.y(value), 1)
    return join(
        tag("line", class_="grid", x1=_LEFT, x2=frame.width - _RIGHT, y1=y, y2=y),
        tag("text", tick_text(value), class_="tick", x=_LEFT - 8, y=y + 4, text_anchor="end"),
    )


def _x_tick(frame: _Frame, value: float) -> Html:
    x = round(frame.x(value), 1)
    anchor = "start" if x < _LEFT + 12 else "end" if x > frame.width - _RIGHT - 12 else "middle"
    return tag("text", tick_text(value), class_="tick", x=x, y=frame.height - 7, text_anchor=anchor)


def tick_text(value: float) -> str:
    """The number at a tick, as short as it can be."""
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    if abs(value) >= 1000:
        return short(value)
    text = figure(value, 3)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _line(frame: _Frame, group: Group, line: Line) -> Html:
    points = [
        (round(frame.x(x), 1), round(frame.y(y), 1))
        for x, y in zip(group.x["step"], line.y, strict=True)
    ]
    if line.kind == "kept":
        return join(*[tag("circle", cx=x, cy=y, r=6, class_="kept") for x, y in points])
    if line.kind != "dots":
        return tag("path", d=_path(points), class_=f"series {line.kind}")
    return join(
        tag("path", d=_path(points), class_="series between"),
        *[tag("circle", cx=x, cy=y, r=3.5, class_="dot") for x, y in points],
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
