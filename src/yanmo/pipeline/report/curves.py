"""The rows of metrics.jsonl as series to draw: in order, smoothed, and thinned for a screen.

Comes in: rows as they were logged, with the repeats that a resumed run leaves. Goes out: a `Chart`
for the loss and one for each smaller panel, each series with its x in steps, tokens and seconds.
Knows nothing of pixels.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from statistics import median
from typing import Any

from yanmo.core.messages import t

MAX_POINTS = 1000
MAX_PANEL_POINTS = 400
X_AXES = ("step", "tokens", "time")


@dataclass(frozen=True)
class Line:
    """One series. `kind` is how it is drawn: raw (light), line (strong), dots, kept (a ring around
    the point whose weights were kept) or thin (of another draw, not read out)."""

    kind: str
    label: str
    y: list[float]


@dataclass(frozen=True)
class Group:
    """Lines over the same x values, given on every axis that the run recorded."""

    x: Mapping[str, list[float]]
    lines: list[Line]


@dataclass(frozen=True)
class Chart:
    """What one figure shows. Charts of one `family` share cursor and axes; a large one has a
    legend, and its y axis may be logarithmic."""

    name: str
    label: str
    groups: list[Group]
    is_large: bool = False
    family: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the script on the page; five significant digits are more than a screen resolves."""
        groups = [
            {
                "x": {axis: [_rounded(v) for v in values] for axis, values in group.x.items()},
                "lines": [
                    {"kind": line.kind, "label": line.label, "y": [_rounded(v, 5) for v in line.y]}
                    for line in group.lines
                ],
            }
            for group in self.groups
        ]
        return {
            "name": self.name,
            "label": self.label,
            "groups": groups,
            "large": self.is_large,
            "family": self.family,
        }


@dataclass(frozen=True)
class Panel:
    """A smaller chart to draw: the key of its values in the rows, its own name and its title."""

    key: str
    name: str
    label: str
    kind: str = "line"


@dataclass(frozen=True)
class Curves:
    """All charts of a run and what a reader should know about them."""

    loss: Chart | None
    panels: list[Chart]
    validation: list[dict[str, float]]
    num_pauses: int = 0
    num_not_finite: int = 0
    last_train: Mapping[str, float] = field(default_factory=dict)


def build_curves(
    rows: Sequence[Mapping[str, Any]],
    *,
    loss: str | None = None,
    panels: Sequence[Panel] | None = None,
) -> Curves:
    """Series from logged rows. Of rows with the same step (a resumed run) the last counts.

    Args:
        rows: of metrics.jsonl.
        loss: what the loss is called; that of pretraining unless told.
        panels: the smaller charts; those of pretraining unless told.
    """
    train = _latest_by_step(rows, "train/loss")
    validation = _latest_by_step(rows, "validation/loss")
    finite = [row for row in train if math.isfinite(row["train/loss"])]
    elapsed, num_pauses = _elapsed(finite)
    axes = _Axes(finite, elapsed)
    groups = []
    if finite:
        groups.append(_train_group(finite, axes))
    good = [row for row in validation if math.isfinite(row["validation/loss"])]
    if good:
        losses = [float(row["validation/loss"]) for row in good]
        xs = axes.at([float(row["step"]) for row in good])
        groups.append(Group(xs, [Line("dots", t("validation"), losses)]))
    return Curves(
        loss=Chart("loss", loss or t("loss, nats per token"), groups, is_large=True)
        if groups
        else None,
        panels=_panels([*finite, *good], axes, panels or _pretraining_panels()),
        validation=[_numbers(row) for row in good],
        num_pauses=num_pauses,
        num_not_finite=len(train) - len(finite) + len(validation) - len(good),
        last_train=_numbers(finite[-1]) if finite else {},
    )


def decimate(values: Sequence[float], max_points: int) -> list[int]:
    """Indices of at most `max_points` values: the ends, and each bucket's least and greatest."""
    if len(values) <= max_points:
        return list(range(len(values)))
    chosen = {0, len(values) - 1}
    num_buckets = max(1, (max_points - 2) // 2)
    for bucket in range(num_buckets):
        start = bucket * len(values) // num_buckets
        indices = range(start, max(start + 1, (bucket + 1) * len(values) // num_buckets))
        chosen.add(min(indices, key=values.__getitem__))
        chosen.add(max(indices, key=values.__getitem__))
    return sorted(chosen)


def smooth(values: Sequence[float], reach: int) -> list[float]:
    """The mean over `reach` values to either side, as far as there are any.

    At the start, where a loss falls steeply, as many are taken after as before, so that nothing
    lags; at the end, where it is flat, only those before are left.
    """
    sums = [0.0, *accumulate(values)]
    averaged = []
    for index in range(len(values)):
        before = min(reach, index)
        after = min(before, len(values) - 1 - index)
        averaged.append((sums[index + after + 1] - sums[index - before]) / (before + after + 1))
    return averaged


class _Axes:
    """From a step to the other x axes, by interpolation between the rows of training."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], elapsed: Sequence[float]) -> None:
        self._steps = [float(row["step"]) for row in rows]
        self._columns: dict[str, list[float]] = {}
        if rows and all(_is_number(row.get("train/tokens")) for row in rows):
            self._columns["tokens"] = [float(row["train/tokens"]) for row in rows]
        if rows and elapsed:
            self._columns["time"] = list(elapsed)

    def at(self, steps: list[float]) -> dict[str, list[float]]:
        """The x values of `steps` on every axis that is known."""
        others = {
            axis: [self._interpolated(step, column) for step in steps]
            for axis, column in self._columns.items()
        }
        return {"step": steps, **others}

    def _interpolated(self, step: float, column: Sequence[float]) -> float:
        right = bisect_right(self._steps, step)
        if right == 0:
            return column[0] if step == self._steps[0] else 0.0
        if right == len(self._steps):
            return column[-1]
        left = right - 1
        part = (step - self._steps[left]) / (self._steps[right] - self._steps[left])
        return column[left] + part * (column[right] - column[left])


def _train_group(rows: Sequence[Mapping[str, Any]], axes: _Axes) -> Group:
    losses = [float(row["train/loss"]) for row in rows]
    kept = decimate(losses, MAX_POINTS)
    smoothed = smooth(losses, max(2, len(losses) // 60))
    lines = [
        Line("raw", t("training"), [losses[i] for i in kept]),
        Line("line", t("training, smoothed"), [smoothed[i] for i in kept]),
    ]
    return Group(axes.at([float(rows[i]["step"]) for i in kept]), lines)


def _pretraining_panels() -> list[Panel]:
    return [
        Panel("train/lr", "lr", t("learning rate")),
        Panel("train/grad_norm", "grad_norm", t("gradient norm")),
        Panel("train/tokens_per_s", "tokens_per_s", t("tokens per second")),
        Panel("train/penalty", "penalty", t("penalty on the weights, nats")),
        Panel("train/noise_scale", "noise_scale", t("gradient noise scale, tokens")),
        Panel("validation/old_loss", "old_loss", t("loss on the old domain, nats per token")),
    ]


def _panels(rows: Sequence[Mapping[str, Any]], axes: _Axes, panels: Sequence[Panel]) -> list[Chart]:
    """The smaller charts: those whose values the run logged."""
    charts = []
    for panel in panels:
        points = [
            (float(row["step"]), float(row[panel.key]))
            for row in rows
            if _is_number(row.get(panel.key)) and math.isfinite(row[panel.key])
        ]
        if points:
            kept = decimate([y for _, y in points], MAX_PANEL_POINTS)
            xs = axes.at([points[i][0] for i in kept])
            line = Line(panel.kind, panel.label, [points[i][1] for i in kept])
            charts.append(Chart(panel.name, panel.label, [Group(xs, [line])]))
    return charts


def _latest_by_step(rows: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """Rows that carry `key`, by step; of rows with the same step, the one logged last."""
    latest = {row["step"]: row for row in rows if _is_number(row.get(key))}
    return [latest[step] for step in sorted(latest)]


def _elapsed(rows: Sequence[Mapping[str, Any]]) -> tuple[list[float], int]:
    """Seconds since the first row without the long pauses of a resumed run, and their number."""
    if not rows or not all(_is_number(row.get("time")) for row in rows):
        return [], 0
    gaps = [max(0.0, b["time"] - a["time"]) for a, b in pairwise(rows)]
    if not gaps:
        return [0.0], 0
    usual = median(gaps)
    longest = max(120.0, 30 * usual)
    elapsed = [0.0]
    for gap in gaps:
        elapsed.append(elapsed[-1] + (usual if gap > longest else gap))
    return elapsed, sum(gap > longest for gap in gaps)


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rounded(value: float, digits: int = 7) -> float:
    """`value` with so many significant digits, as an int where it is whole (shorter in JSON)."""
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
