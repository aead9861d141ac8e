"""The curve of a learning-rate range test as an SVG file that stands alone.

Comes in: rates, losses and what was found. Goes out: the text of the file; rates are drawn by their
logarithm. It follows the reader's light or dark colours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, tag
from yanmo.pipeline.report.line_chart import tick_text, ticks

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 34, 52
_STYLE = """
svg { background: #fff; color: #222; font: 13px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { background: #16181d; color: #ddd; } }
.grid { stroke: currentColor; opacity: .15; }
text { fill: currentColor; }
.raw, .smoothed { fill: none; stroke: #2f6f9f; }
.raw { opacity: .35; }
.smoothed { stroke-width: 2.5; }
.suggested { stroke: #b0552f; stroke-width: 2; stroke-dasharray: 5 4; }
"""


@dataclass(frozen=True)
class _Frame:
    low_rate: float
    high_rate: float
    low_loss: float
    high_loss: float

    def x(self, rate: float) -> float:
        part = math.log(rate / self.low_rate) / math.log(self.high_rate / self.low_rate)
        return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, loss: float) -> float:
        part = (loss - self.low_loss) / (self.high_loss - self.low_loss)
        inside = min(1.0, max(0.0, part))  # a single step may be far from the smoothed curve
        return round(_HEIGHT - _BOTTOM - inside * (_HEIGHT - _TOP - _BOTTOM), 1)


def rate_chart(report: Mapping[str, Any]) -> str:
    """The file of a report with `points` and `suggestion` (None where there is none)."""
    points: Sequence[Mapping[str, float]] = report["points"]
    frame = _frame(points)
    bottom = _HEIGHT - _BOTTOM
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    title = t("loss over learning rate")
    picture = tag(
        "svg",
        tag("title", title),
        Html(f"<style>{_STYLE}</style>"),
        *_loss_ticks(frame),
        *_rate_ticks(frame),
        _curve(frame, points, "loss", "raw"),
        _curve(frame, points, "smoothed_loss", "smoothed"),
        *_suggestion(frame, report["suggestion"]),
        tag("text", title, x=_LEFT, y=20, font_weight="600"),
        tag("text", t("learning rate"), x=middle, y=bottom + 42, text_anchor="middle"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        role="img",
    )
    return f"{picture}\n"


def _frame(points: Sequence[Mapping[str, float]]) -> _Frame:
    smoothed = [point["smoothed_loss"] for point in points]
    margin = 0.06 * (max(smoothed) - min(smoothed)) or 0.1
    rates = [point["learning_rate"] for point in points]
    return _Frame(rates[0], rates[-1] * 1.0001, min(smoothed) - margin, max(smoothed) + margin)


def _loss_ticks(frame: _Frame) -> list[Html]:
    parts = []
    for value in ticks(frame.low_loss, frame.high_loss, 6):
        y = frame.y(value)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y))
        parts.append(tag("text", tick_text(value), x=_LEFT - 8, y=y + 4, text_anchor="end"))
    return parts


def _rate_ticks(frame: _Frame) -> list[Html]:
    first, last = (math.log10(rate) for rate in (frame.low_rate, frame.high_rate))
    parts = []
    for power in range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1):
        x = frame.x(10.0**power)
        parts.append(tag("line", class_="grid", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM))
        label = f"1e{power}"
        parts.append(tag("text", label, x=x, y=_HEIGHT - _BOTTOM + 20, text_anchor="middle"))
    return parts


def _curve(
    frame: _Frame, points: Sequence[Mapping[str, float]], name: str, class_name: str
) -> Html:
    places = [(frame.x(point["learning_rate"]), frame.y(point[name])) for point in points]
    return tag("path", d="M" + "L".join(f"{x:g} {y:g}" for x, y in places), class_=class_name)


def _suggestion(frame: _Frame, rate: float | None) -> list[Html]:
    if rate is None:
        return []
    x = frame.x(rate)
    return [
        tag("line", class_="suggested", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM),
        tag("text", f"{rate:.2g}", x=x + 6, y=_TOP + 14),
    ]
