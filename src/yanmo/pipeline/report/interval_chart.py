"""Small charts of measured points with their intervals, as SVG without a script.

Comes in: points, each with x, y and perhaps an interval. Goes out: an `svg` element: a line with a
band for a curve, or a diagonal with dots for a comparison of two shares. Knows nothing of what the
numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yanmo.core.page.markup import Html, join, tag
from yanmo.pipeline.report.line_chart import tick_text, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 8, 24


@dataclass(frozen=True)
class ChartPoint:
    """A point; `title` is what a reader sees when pointing at it, `size` the radius of its dot."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    title: str = ""
    size: float = 3.0


@dataclass(frozen=True)
class _Plane:
    """Where data lie in the picture."""

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_range
        part = (value - low) / (high - low)
        return round(_LEFT + part * (self.width - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        low, high = self.y_range
        part = (min(max(value, low), high) - low) / (high - low)
        return round(self.height - _BOTTOM - part * (self.height - _TOP - _BOTTOM), 1)


def curve_chart(
    points: Sequence[ChartPoint],
    *,
    label: str,
    y_range: tuple[float, float],
    x_text: Callable[[float], str],
    width: int = 300,
    height: int = 150,
) -> Html:
    """A line through the points over a band of their intervals.

    Args:
        points: in rising order of x, at least one.
        label: what a screen reader says.
        y_range: the lowest and the highest y of the picture, the same for charts side by side.
        x_text: how an x is written below the axis.
        width, height: SVG units; the picture scales to its place.
    """
    xs = [point.x for point in points]
    plane = _Plane(width, height, _widened(min(xs), max(xs)), y_range)
    line = "M" + "L".join(f"{plane.x(p.x):g} {plane.y(p.y):g}" for p in points)
    return tag(
        "svg",
        tag("title", label),
        *_y_axis(plane),
        *[_x_tick(plane, x, x_text(x)) for x in _sparse(xs, plane)],
        _band(plane, points),
        tag("path", d=line, class_="series line"),
        *[_dot(plane, point) for point in points],
        viewBox=f"0 0 {width} {height}",
        role="img",
        class_="line-chart",
    )


def diagonal_chart(
    points: Sequence[ChartPoint], *, label: str, width: int = 300, height: int = 260
) -> Html:
    """Dots against the diagonal of equal shares, both axes from 0 to 1."""
    plane = _Plane(width, height, (0.0, 1.0), (0.0, 1.0))
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    return tag(
        "svg",
        tag("title", label),
        *_y_axis(plane),
        *[_x_tick(plane, share, tick_text(share)) for share in shares],
        tag(
            "line",
            x1=plane.x(0),
            y1=plane.y(0),
            x2=plane.x(1),
            y2=plane.y(1),
            class_="series raw diagonal",
        ),
        *[_dot(plane, point) for point in points],
        viewBox=f"0 0 {width} {height}",
        role="img",
        class_="line-chart",
    )


def common_range(values: Sequence[float]) -> tuple[float, float]:
    """A range that holds all values with a margin, and begins at 0 where they come near it."""
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 0.5
    start = low - margin
    if low >= 0 and low < 0.4 * high:
        start = 0.0
    return start, high + margin


def _widened(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _sparse(xs: Sequence[float], plane: _Plane) -> list[float]:
    """The xs with room for a number, from the first one on."""
    kept: list[float] = []
    for x in xs:
        if not kept or plane.x(x) - plane.x(kept[-1]) >= 30:
            kept.append(x)
    return kept


def _y_axis(plane: _Plane) -> list[Html]:
    return [
        join(
            tag(
                "line",
                class_="grid",
                x1=_LEFT,
                x2=plane.width - _RIGHT,
                y1=plane.y(value),
                y2=plane.y(value),
            ),
            tag(
                "text",
                tick_text(value),
                class_="tick",
                x=_LEFT - 6,
                y=plane.y(value) + 4,
                text_anchor="end",
            ),
        )
        for value in ticks(*plane.y_range, max(3, plane.height // 36))
    ]


def _x_tick(plane: _Plane, value: float, text: str) -> Html:
    return tag(
        "text",
        text,
        class_="tick",
        x=plane.x(value),
        y=plane.height - 6,
        text_anchor="middle" if value > plane.x_range[0] else "start",
    )


def _band(plane: _Plane, points: Sequence[ChartPoint]) -> Html:
    known = [(p.x, p.low, p.high) for p in points if p.low is not None and p.high is not None]
    if len(known) < 2:
        return Html("")
    upper = [f"{plane.x(x):g} {plane.y(high):g}" for x, _, high in known]
    lower = [f"{plane.x(x):g} {plane.y(low):g}" for x, low, _ in reversed(known)]
    return tag("path", d="M" + "L".join([*upper, *lower]) + "Z", class_="band")


def _dot(plane: _Plane, point: ChartPoint) -> Html:
    title = tag("title", point.title) if point.title else None
    return tag(
        "circle", title, cx=plane.x(point.x), cy=plane.y(point.y), r=point.size, class_="point"
    )
