"""`scaling.html`: a scaling experiment as one self-contained page.

Comes in: the content of `scaling/report.json`. Goes out: the text of the page, in the frame of the
report of a run. It loads nothing. The curves are those of the law; the dots were measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.messages import t
from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import Child, Html, foreign, join, tag, visible
from yanmo.core.page.section import Section, table
from yanmo.pipeline.report.line_chart import tick_text, ticks
from yanmo.pipeline.report.numbers import short
from yanmo.pipeline.scaling.law import ScalingLaw
from yanmo.pipeline.scaling.table import describe_law, describe_prediction

_WIDTH, _HEIGHT = 840, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 110, 12, 44
_CURVE_POINTS = 40
_STYLE = """
.scaling .series { fill: none; stroke-width: 2; }
.scaling .interval { stroke: currentColor; stroke-width: 2; }
.scaling .predicted { fill: none; stroke: currentColor; stroke-width: 2; }
.scaling .measured { fill: currentColor; }
"""
_COLOURS = ("#2f6f9f", "#b0552f", "#4b8a3f", "#8a4fa0", "#a08a2f", "#3f8a8a")


@dataclass(frozen=True)
class _Frame:
    """The values at the borders; tokens are drawn by their logarithm."""

    low_tokens: float
    high_tokens: float
    low_loss: float
    high_loss: float

    def x(self, tokens: float) -> float:
        part = math.log(tokens / self.low_tokens) / math.log(self.high_tokens / self.low_tokens)
        return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, loss: float) -> float:
        part = (loss - self.low_loss) / (self.high_loss - self.low_loss)
        return round(_HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM), 1)


def render_page(report: Mapping[str, Any], language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    sections = [_curves(report), _runs(report)]
    title = t("{name} · scaling law", name=visible(report["run"]))
    overview = join(
        tag("h1", t("{name}: how loss falls with size and text", name=visible(report["run"]))),
        tag("p", describe_law(report), class_="summary"),
        tag("p", describe_prediction(report), class_="summary"),
    )
    return framed_page(title, describe_law(report), overview, sections, language, more_style=_STYLE)


def _curves(report: Mapping[str, Any]) -> Section:
    lead = t("Each curve is the law for one size; dots are runs, the ring is the prediction.")
    caption = t(
        "The bar through the ring is the interval of the prediction; a square beside it is that"
        " run as it came out, where it was made."
    )
    figure = tag("figure", tag("div", _picture(report), class_="plot"), class_="chart scaling")
    body = join(figure, tag("p", caption, class_="quiet"))
    return Section("curves", t("Loss over training tokens"), lead, body)


def _picture(report: Mapping[str, Any]) -> Html:
    runs, predicted = report["runs"], report["prediction"]
    values = {name: value for name, value in report["law"].items() if name != "huber_loss"}
    law = ScalingLaw(**values)
    losses = [run["loss"] for run in runs] + [predicted["low"], predicted["high"]]
    losses += [predicted["measured"]] if "measured" in predicted else []
    margin = 0.05 * (max(losses) - min(losses)) or 0.1
    lengths = [run["tokens"] for run in runs] + [predicted["tokens"]]
    frame = _Frame(
        0.9 * min(lengths), 1.1 * max(lengths), min(losses) - margin, max(losses) + margin
    )
    sizes = sorted({run["num_params"] for run in runs} | {predicted["num_params"]})
    return tag(
        "svg",
        tag("title", t("loss over training tokens")),
        *_ticks(frame, sorted(set(lengths))),
        *[_size(frame, law, runs, size, _COLOURS[i % 6]) for i, size in enumerate(sizes)],
        *_prediction(frame, predicted),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="line-chart",
    )


def _ticks(frame: _Frame, lengths: Sequence[float]) -> list[Html]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(frame.low_loss, frame.high_loss, 6):
        y = frame.y(value)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=right, y1=y, y2=y))
        parts.append(
            tag("text", tick_text(value), class_="tick", x=_LEFT - 8, y=y + 4, text_anchor="end")
        )
    for value in lengths:
        x = frame.x(value)
        parts.append(
            tag("text", short(value), class_="tick", x=x, y=bottom + 18, text_anchor="middle")
        )
    middle, label = (_LEFT + right) / 2, t("training tokens")
    parts.append(tag("text", label, class_="axis", x=middle, y=_HEIGHT - 6, text_anchor="middle"))
    return parts


def _size(
    frame: _Frame, law: ScalingLaw, runs: Sequence[Mapping[str, Any]], size: int, colour: str
) -> Html:
    """The law for one size as a curve with its name, and the runs of that size as dots."""
    ratio = frame.high_tokens / frame.low_tokens
    places = [frame.low_tokens * ratio ** (i / _CURVE_POINTS) for i in range(_CURVE_POINTS + 1)]
    points = [(tokens, law.loss(size, tokens)) for tokens in places]
    shown = [(frame.x(x), frame.y(y)) for x, y in points if frame.low_loss <= y <= frame.high_loss]
    if len(shown) < 2:
        return Html("")
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in shown)
    x, y = shown[-1]
    dots = [
        tag(
            "circle",
            tag("title", f"{run['name']}: {run['loss']:.4f}"),
            cx=frame.x(run["tokens"]),
            cy=frame.y(run["loss"]),
            r=4,
            fill=colour,
        )
        for run in runs
        if run["num_params"] == size
    ]
    return join(
        tag("path", d=path, class_="series", style=f"stroke:{colour}"),
        *dots,
        tag("text", short(size), class_="name", x=x + 8, y=y + 4, style=f"fill:{colour}"),
    )


def _prediction(frame: _Frame, predicted: Mapping[str, Any]) -> list[Html]:
    x = frame.x(predicted["tokens"])
    low, high = frame.y(predicted["low"]), frame.y(predicted["high"])
    parts = [
        tag("line", class_="interval", x1=x, x2=x, y1=low, y2=high),
        tag("circle", class_="predicted", cx=x, cy=frame.y(predicted["loss"]), r=6),
    ]
    if "measured" in predicted:
        y = frame.y(predicted["measured"])
        parts.append(tag("rect", class_="measured", x=x + 8, y=y - 3, width=6, height=6))
    return parts


def _runs(report: Mapping[str, Any]) -> Section:
    headings = [
        t("run"),
        t("parameters"),
        t("tokens"),
        t("FLOPs"),
        t("seconds"),
        t("loss"),
        t("fitted"),
    ]
    rows: list[list[Child]] = [
        [
            foreign(run["name"]),
            short(run["num_params"]),
            short(run["tokens"]),
            f"{run['flops']:.2e}",
            f"{run['training_s']:.1f}",
            f"{run['loss']:.4f}",
            f"{run['fitted']:.4f}",
        ]
        for run in report["runs"]
    ]
    lead = t("Loss is in nats per token of the held-out documents.")
    return Section("runs", t("The runs"), lead, table(headings, rows, label=t("The runs")))
