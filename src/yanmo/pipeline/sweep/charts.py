"""The pictures of a sweep as SVG and HTML: one axis, a heat map of two, parallel coordinates of
more, and the curves of all trials.

Comes in: the content of `sweep.json`. Goes out: markup. The best trial is red, the others the
paler the further they are behind; a number is drawn by its logarithm where the values spread over
more than a factor of ten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.messages import t
from yanmo.core.page.markup import Child, Html, foreign, join, tag
from yanmo.pipeline.report.line_chart import tick_text, ticks
from yanmo.pipeline.report.numbers import figure
from yanmo.pipeline.sweep.report import as_number
from yanmo.pipeline.sweep.words import figure_label, settings_text

_WIDTH, _HEIGHT = 840, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 30, 46
_WIDE_FACTOR = 10.0
"""From such a factor between the least and the greatest value on, logarithms are drawn."""
_STEEP_PART = 0.08
"""The first part of a run, in which losses fall from the roof: the picture begins below it."""
_TICK_GAP = 0.08
"""Two labels of an axis stand apart by at least this part of it."""

Report = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scale:
    """Values of one axis, placed from 0 to 1; `ticks` are places and their labels."""

    places: Mapping[str, float]
    ticks: Sequence[tuple[float, str]]


def values_chart(report: Report) -> Html:
    """The figure over the values of the one axis that there is."""
    (axis,) = _varied(report)
    entries = report["entries"]
    scale = _scale([entry["settings"][axis["key"]] for entry in entries])
    spreads = [entry["standard_error"] or 0.0 for entry in entries]
    ends = [
        value
        for entry, spread in zip(entries, spreads, strict=True)
        for value in (entry["figure"] - spread, entry["figure"] + spread)
    ]
    low, high = _with_margin(ends)
    points = [
        (_x(scale.places[entry["settings"][axis["key"]]]), _y(entry["figure"], low, high), entry)
        for entry in entries
    ]
    points.sort(key=lambda point: point[0])
    parts: list[Html] = [*_y_ticks(low, high), *_x_ticks(scale.ticks)]
    parts.append(tag("path", d=_path([(x, y) for x, y, _ in points]), class_="series between"))
    for x, y, entry in points:
        colour = _colour(report, entry["figure"])
        spread = entry["standard_error"]
        if spread:
            ends_y = [_y(entry["figure"] + sign * spread, low, high) for sign in (-1, 1)]
            parts.append(
                tag("line", x1=x, x2=x, y1=ends_y[0], y2=ends_y[1], style=f"stroke:{colour}")
            )
        told = tag("title", _tell(report, entry["settings"], entry["figure"]))
        parts.append(tag("circle", told, cx=x, cy=y, r=5, style=f"fill:{colour}"))
    return _svg(
        f"{figure_label(report['by'])} · {axis['label']}",
        *parts,
        _axis_name(axis["label"]),
    )


def heat_map(report: Report) -> Html:
    """A table of two axes, each cell coloured by its figure; best where the colour is deepest."""
    down, across = _varied(report)
    entries = report["entries"]
    found = {
        (entry["settings"][down["key"]], entry["settings"][across["key"]]): entry["figure"]
        for entry in entries
    }
    head = [tag("th", foreign(value), scope="col", class_="number") for value in across["values"]]
    rows = []
    for row in down["values"]:
        cells = [_cell(report, found.get((row, column))) for column in across["values"]]
        rows.append(tag("tr", tag("th", foreign(row), scope="row"), *cells))
    corner = tag("th", foreign(down["label"]), " ↓ ", foreign(across["label"]), " →", scope="col")
    inner = tag("table", tag("thead", tag("tr", corner, *head)), tag("tbody", *rows))
    label = t("Heat map of {figure}", figure=figure_label(report["by"]))
    return tag("div", inner, class_="scroll heat", role="region", tabindex=0, aria_label=label)


def _cell(report: Report, value: float | None) -> Html:
    if value is None:
        return tag("td", "–", class_="number")
    part = _goodness(report, value)
    if value == report["best"]["figure"]:
        style = "background:var(--seal);color:var(--paper)"
    else:
        ink = "var(--paper)" if part > 0.5 else "var(--ink)"
        percent = round(8 + 82 * part)
        style = f"background:color-mix(in srgb,var(--data) {percent}%,var(--paper));color:{ink}"
    return tag("td", figure(value), class_="number", style=style)


def parallel_coordinates(report: Report) -> Html:
    """A line for each combination, through its value on every axis and to its figure at the
    right (Inselberg 1985)."""
    axes = _varied(report)
    entries = report["entries"]
    scales = {
        axis["key"]: _scale([entry["settings"][axis["key"]] for entry in entries]) for axis in axes
    }
    low, high = _with_margin([entry["figure"] for entry in entries])
    stands = [
        _LEFT + index * (_WIDTH - _LEFT - 2 * _RIGHT) / len(axes) for index in range(len(axes) + 1)
    ]
    parts: list[Html] = []
    for entry in reversed(entries):  # the best one lies on top
        places = [
            (round(x, 1), _upward(scales[axis["key"]].places[entry["settings"][axis["key"]]]))
            for x, axis in zip(stands, axes, strict=False)
        ]
        places.append((round(stands[-1], 1), _y(entry["figure"], low, high)))
        told = tag("title", _tell(report, entry["settings"], entry["figure"]))
        stroke = f"stroke:{_colour(report, entry['figure'])}"
        is_best = entry["settings"] == report["best"]["settings"]
        kind = "series best" if is_best else "series"
        parts.append(tag("path", told, d=_path(places), class_=kind, style=stroke))
    for x, axis in zip(stands, axes, strict=False):
        parts += _upright(x, axis["label"], scales[axis["key"]].ticks)
    marks = [(_part(value, low, high), tick_text(value)) for value in ticks(low, high, 6)]
    parts += _upright(stands[-1], figure_label(report["by"]), marks, is_last=True)
    return _svg(t("every combination and its {figure}", figure=figure_label(report["by"])), *parts)


def curves_chart(report: Report) -> Html:
    """The figure of every trial over its steps; nothing where no trial was validated twice."""
    shown = [one for one in report["trials"] if len(one["curve"]) > 1]
    if not shown:
        return Html("")
    last = max(step for one in shown for step, _ in one["curve"])
    late = [value for one in shown for step, value in one["curve"] if step >= _STEEP_PART * last]
    low, high = _with_margin(late or [value for one in shown for _, value in one["curve"]])
    area = tag(
        "rect", x=_LEFT, y=_TOP, width=_WIDTH - _LEFT - _RIGHT, height=_HEIGHT - _TOP - _BOTTOM
    )
    lines = []
    for one in reversed(shown):
        points = [(_x(step / last), _y(value, low, high)) for step, value in one["curve"]]
        end = one["figure"] if one["figure"] is not None else one["curve"][-1][1]
        stroke = f"stroke:{_colour(report, end)}"
        is_best = report["best"] is not None and one["name"] in report["best"]["trials"]
        told = tag("title", _tell(report, one["settings"], end))
        kind = "series best" if is_best else "series"
        lines.append(tag("path", told, d=_path(points), class_=kind, style=stroke))
    marks = [(value / last, tick_text(value)) for value in ticks(0.0, float(last), 7)]
    return _svg(
        t("{figure} over training steps", figure=figure_label(report["by"])),
        tag("defs", tag("clipPath", area, id="plot-curves")),
        *_y_ticks(low, high),
        *_x_ticks(marks),
        tag("g", *lines, clip_path="url(#plot-curves)"),
        _axis_name(t("steps")),
    )


def _varied(report: Report) -> list[Row]:
    return [axis for axis in report["axes"] if not axis["is_replicate"]]


def _scale(values: Sequence[str]) -> Scale:
    """Where values stand: numbers by size, words in the order in which they were given."""
    distinct = list(dict.fromkeys(values))
    numbers = {value: number for value in distinct if (number := as_number(value)) is not None}
    if len(numbers) < len(distinct) or len(set(numbers.values())) < 2:
        steps = max(1, len(distinct) - 1)
        places = {value: index / steps for index, value in enumerate(distinct)}
        if len(distinct) == 1:
            places = {distinct[0]: 0.5}
        return Scale(places, [(place, value) for value, place in places.items()])
    low, high = min(numbers.values()), max(numbers.values())
    if low > 0 and high / low >= _WIDE_FACTOR:
        numbers = {value: math.log(number) for value, number in numbers.items()}
        low, high = math.log(low), math.log(high)
    places = {value: (number - low) / (high - low) for value, number in numbers.items()}
    ordered = sorted(places, key=lambda value: places[value])
    shown: list[tuple[float, str]] = []
    for value in ordered:
        if not shown or places[value] - shown[-1][0] >= _TICK_GAP:
            shown.append((places[value], value))
    return Scale(places, shown)


def _goodness(report: Report, value: float) -> float:
    """1 for the best figure of the sweep, 0 for the worst."""
    figures = [entry["figure"] for entry in report["entries"]]
    best, worst = figures[0], figures[-1]
    if best == worst:
        return 1.0
    part: float = (value - worst) / (best - worst)
    return min(1.0, max(0.0, part))


def _colour(report: Report, value: float) -> str:
    if not report["entries"]:
        return "var(--pale)"
    part = _goodness(report, value)
    if part == 1.0:
        return "var(--seal)"
    return f"color-mix(in srgb,var(--data) {round(100 * part)}%,var(--pale))"


def _tell(report: Report, settings: Mapping[str, str], value: float) -> str:
    return f"{settings_text(report, settings)}: {figure(value)}"


def _with_margin(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.1
    return low - margin, high + margin


def _part(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low)


def _x(part: float) -> float:
    inside = _LEFT + 12 + part * (_WIDTH - _LEFT - _RIGHT - 24)
    return round(inside, 1)


def _upward(part: float) -> float:
    return round(_HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM), 1)


def _y(value: float, low: float, high: float) -> float:
    return _upward(_part(value, low, high))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _y_ticks(low: float, high: float) -> list[Html]:
    parts = []
    for value in ticks(low, high, 6):
        y = _y(value, low, high)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y))
        parts.append(
            tag("text", tick_text(value), class_="tick", x=_LEFT - 8, y=y + 4, text_anchor="end")
        )
    return parts


def _x_ticks(marks: Sequence[tuple[float, str]]) -> list[Html]:
    y = _HEIGHT - _BOTTOM + 18
    return [
        tag("text", foreign_text(label), class_="tick", x=_x(part), y=y, text_anchor="middle")
        for part, label in marks
    ]


def _axis_name(label: str) -> Html:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return tag("text", label, class_="axis", x=middle, y=_HEIGHT - 6, text_anchor="middle")


def _upright(
    x: float, label: str, marks: Sequence[tuple[float, str]], *, is_last: bool = False
) -> list[Html]:
    """An axis of the parallel coordinates, its name above, its values beside."""
    parts = [tag("line", class_="upright", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM)]
    anchor = "end" if is_last else "middle" if x > _LEFT else "start"
    parts.append(tag("text", label, class_="axis", x=x, y=_TOP - 12, text_anchor=anchor))
    for part, text in marks:
        y = _upward(part) + 4
        shown = foreign_text(text)
        parts.append(tag("text", shown, class_="tick", x=x - 6, y=y, text_anchor="end"))
    return parts


def foreign_text(value: str) -> str:
    """A value as short as a tick needs it."""
    return value if len(value) <= 14 else value[:13] + "…"


def _svg(title: str, *parts: Child) -> Html:
    return tag(
        "svg",
        tag("title", title),
        join(*parts),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="line-chart",
    )
