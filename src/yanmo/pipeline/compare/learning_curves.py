"""The learning curves of several models in one picture, as SVG.

Comes in: models with their validation points. Goes out: an `svg` element over tokens or seconds.
Each line carries its name at its end; a counting model, which has no curve, is a dashed level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, tag
from yanmo.pipeline.report.line_chart import tick_text, ticks
from yanmo.pipeline.report.numbers import figure, short

Axis = Literal["tokens", "seconds"]
_WIDTH, _HEIGHT = 840, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 96, 10, 44
_LABEL_GAP = 15
_STEEP_PART = 0.08
"""The first part of a run, in which losses fall from the roof: the picture begins below it."""


@dataclass(frozen=True)
class _Frame:
    """The values at the borders of the plot."""

    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        return _LEFT + value / self.x_high * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        part = (value - self.y_low) / (self.y_high - self.y_low)
        return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)


def learning_curves(models: Sequence[Mapping[str, Any]], axis: Axis) -> Html:
    """Bits per byte on validation rows over `axis`; nothing where no model was validated."""
    curved = [model for model in models if model["kind"] == "neural" and model["curve"]]
    if not curved:
        return Html("")
    counted = [model for model in models if model["kind"] == "ngram" and model["curve"]]
    frame = _frame([*curved, *counted], curved, axis)
    ends = [(model, model["curve"][-1]["bits_per_byte"]) for model in [*curved, *counted]]
    clip = f"plot-{axis}"
    area = tag(
        "rect", x=_LEFT, y=_TOP, width=_WIDTH - _LEFT - _RIGHT, height=_HEIGHT - _TOP - _BOTTOM
    )
    return tag(
        "svg",
        tag("title", _axis_label(axis)),
        tag("defs", tag("clipPath", area, id=clip)),
        *_ticks(frame, axis),
        tag(
            "g",
            *[_level(frame, model) for model in counted],
            *[_curve(frame, model, axis) for model in curved],
            clip_path=f"url(#{clip})",
        ),
        *_labels(frame, ends, axis),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="line-chart",
    )


def colour(model: Mapping[str, Any]) -> str:
    """The colour of a model, the same in every picture."""
    return f"var(--m-{model.get('family') or 'ngram'})"


def _axis_label(axis: Axis) -> str:
    if axis == "tokens":
        return t("bits per byte over training tokens")
    return t("bits per byte over seconds of training")


def _frame(
    shown: Sequence[Mapping[str, Any]], curved: Sequence[Mapping[str, Any]], axis: Axis
) -> _Frame:
    x_high = max(point[axis] for model in curved for point in model["curve"]) or 1.0
    late = [
        point["bits_per_byte"]
        for model in curved
        for point in model["curve"]
        if point[axis] >= _STEEP_PART * x_high
    ]
    last = [model["curve"][-1]["bits_per_byte"] for model in shown]
    low, high = min(late + last), max(late + last)
    margin = 0.05 * (high - low) or 0.1
    return _Frame(float(x_high), low - margin, high + margin)


def _ticks(frame: _Frame, axis: Axis) -> list[Html]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(frame.y_low, frame.y_high, 6):
        y = round(frame.y(value), 1)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=right, y1=y, y2=y))
        parts.append(
            tag("text", tick_text(value), class_="tick", x=_LEFT - 8, y=y + 4, text_anchor="end")
        )
    for value in ticks(0.0, frame.x_high, 7):
        x = round(frame.x(value), 1)
        parts.append(
            tag("text", tick_text(value), class_="tick", x=x, y=bottom + 18, text_anchor="middle")
        )
    label = t("training tokens") if axis == "tokens" else t("seconds of training")
    middle = (_LEFT + right) / 2
    parts.append(tag("text", label, class_="axis", x=middle, y=_HEIGHT - 6, text_anchor="middle"))
    return parts


def _curve(frame: _Frame, model: Mapping[str, Any], axis: Axis) -> Html:
    points = [
        (round(frame.x(point[axis]), 1), round(frame.y(point["bits_per_byte"]), 1), point)
        for point in model["curve"]
    ]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y, _ in points)
    dots = [
        tag("circle", tag("title", _tell(model, point)), cx=x, cy=y, r=3, fill=colour(model))
        for x, y, point in points
    ]
    line = tag("path", d=path, class_="series model", style=f"stroke:{colour(model)}")
    return join(line, *dots)


def _level(frame: _Frame, model: Mapping[str, Any]) -> Html:
    point = model["curve"][-1]
    y = round(frame.y(point["bits_per_byte"]), 1)
    return tag(
        "path",
        tag("title", _tell(model, point)),
        d=f"M{_LEFT} {y:g}L{_WIDTH - _RIGHT} {y:g}",
        class_="series model counted",
        style=f"stroke:{colour(model)}",
    )


def _tell(model: Mapping[str, Any], point: Mapping[str, float]) -> str:
    return t(
        "{name}: {tokens} tokens, {seconds} s, {bits} bits per byte",
        name=model["name"],
        tokens=short(point["tokens"]),
        seconds=f"{point['seconds']:.1f}",
        bits=figure(point["bits_per_byte"]),
    )


def _labels(
    frame: _Frame, ends: Sequence[tuple[Mapping[str, Any], float]], axis: Axis
) -> list[Html]:
    """The names at the right, moved apart where lines end close together."""
    ordered = sorted(ends, key=lambda end: -end[1])  # from the top of the picture down
    places: list[float] = []
    for _, value in ordered:
        wanted = frame.y(value)
        places.append(max(wanted, places[-1] + _LABEL_GAP) if places else wanted)
    too_low = max(0.0, places[-1] - (_HEIGHT - _BOTTOM))
    for index in reversed(range(len(places))):
        limit = places[index + 1] - _LABEL_GAP if index + 1 < len(places) else places[index]
        places[index] = min(places[index] - (too_low if index + 1 == len(places) else 0.0), limit)
    return [
        _label(frame, model, value, place, axis)
        for (model, value), place in zip(ordered, places, strict=True)
    ]


def _label(frame: _Frame, model: Mapping[str, Any], value: float, place: float, axis: Axis) -> Html:
    right = _WIDTH - _RIGHT
    begin = right if model["kind"] == "ngram" else frame.x(model["curve"][-1][axis])
    return join(
        tag(
            "line",
            class_="leader",
            x1=round(begin + 4, 1),
            y1=round(frame.y(value), 1),
            x2=right + 10,
            y2=round(place, 1),
            style=f"stroke:{colour(model)}",
        ),
        tag(
            "text",
            model["name"],
            class_="name",
            x=right + 14,
            y=round(place + 4, 1),
            style=f"fill:{colour(model)}",
        ),
    )
