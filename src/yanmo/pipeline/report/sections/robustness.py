"""How a task's figure stands up to noise: curves, and the smallest edits that turn a prediction.

Comes in: the `Robustness` of a task's report. Goes out: blocks of the task's section.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, foreign, join, tag, visible
from yanmo.core.page.section import block, disclosure, table
from yanmo.evaluation.task_report import (
    Flip,
    FlipSearch,
    Robustness,
    RobustnessCurve,
    RobustnessPoint,
)
from yanmo.evaluation.task_table import flips_sentence, percent, perturbation_title
from yanmo.pipeline.report.interval_chart import ChartPoint, common_range, curve_chart
from yanmo.pipeline.report.numbers import exact, figure

_CONTEXT = 60  # characters shown on each side of an edit
_MAX_FLIPS = 50


def robustness_blocks(robustness: Robustness) -> Html:
    """Curves, their numbers, and flips; nothing for what was not measured."""
    return join(
        block(
            t("Under noise"),
            _charts(robustness),
            _drops(robustness),
            disclosure(t("The numbers"), _numbers(robustness)) if robustness.curves else None,
        ),
        _flips(robustness.flip_search) if robustness.flip_search else None,
    )


def _charts(robustness: Robustness) -> Html:
    ends = [
        end
        for curve in robustness.curves
        for point in curve.points
        if point.figure.value is not None
        for end in (point.figure.value, *(point.figure.interval or ()))
    ]
    if not ends:
        return Html("")
    y_range = common_range(ends)
    return tag(
        "div",
        *[_chart(curve, robustness.metric, y_range) for curve in robustness.curves],
        class_="panels",
    )


def _chart(curve: RobustnessCurve, metric: str, y_range: tuple[float, float]) -> Html:
    points = []
    for point in curve.points:
        value, interval = point.figure.value, point.figure.interval
        if value is None:
            continue
        low, high = interval or (None, None)
        title = f"{percent(point.strength)}: {figure(value)}"
        points.append(ChartPoint(point.strength, value, low, high, title))
    title = perturbation_title(curve.perturbation)
    if not points:
        return Html("")
    label = t("{metric} over the share of changes: {noise}", metric=metric, noise=title)
    chart = curve_chart(points, label=label, y_range=y_range, x_text=percent)
    caption = tag("figcaption", tag("span", visible(title), class_="chart-title"))
    return tag("figure", caption, chart, class_="chart")


def _drops(robustness: Robustness) -> Html | None:
    """One sentence for each perturbation about its strongest point."""
    lines = []
    for curve in robustness.curves:
        first, last = curve.points[0], curve.points[-1]
        if first.figure.value is None or last.figure.value is None:
            continue
        values = {
            "noise": perturbation_title(curve.perturbation),
            "strength": percent(last.strength),
            "before": figure(first.figure.value),
            "after": figure(last.figure.value),
            "metric": robustness.metric,
        }
        if _is_certain(last):
            sentence = t(
                "{noise}, {strength}: {metric} goes from {before} to {after}.",
                **values,
            )
        else:
            sentence = t(
                "{noise}, {strength}: {metric} {before} and {after}, no certain difference.",
                **values,
            )
        lines.append(tag("li", sentence))
    note = t(
        "Measured on {n} items; bands are 95% intervals. The share is that of all characters or"
        " words, as far as a kind of noise can change so many.",
        n=exact(robustness.num_items),
    )
    return join(tag("ul", *lines, class_="remarks"), tag("p", note, class_="quiet"))


def _is_certain(point: RobustnessPoint) -> bool:
    """Whether the interval of the drop leaves zero out."""
    drop = point.drop_interval
    return drop is not None and (drop[0] > 0 or drop[1] < 0)


def _numbers(robustness: Robustness) -> Html:
    strengths = sorted({point.strength for curve in robustness.curves for point in curve.points})
    rows = []
    for curve in robustness.curves:
        points = {point.strength: point for point in curve.points}
        cells = [_cell(points.get(strength)) for strength in strengths]
        rows.append([foreign(perturbation_title(curve.perturbation)), *cells])
    headings = [t("noise"), *(percent(strength) for strength in strengths)]
    return table(headings, rows, label=t("The numbers"))


def _cell(point: RobustnessPoint | None) -> Html | str:
    if point is None or point.figure.value is None:
        return "–"
    value = figure(point.figure.value)
    if point.figure.interval is None:
        return value
    low, high = point.figure.interval
    return join(value, tag("small", f"{figure(low)} – {figure(high)}", class_="interval"))


def _flips(search: FlipSearch) -> Html:
    """How easily predictions flip, and the flips."""
    if search.num_attacked == 0:
        return Html("")
    shown = search.flips[:_MAX_FLIPS]
    return block(
        t("Smallest edits that turn a prediction wrong"),
        tag("p", flips_sentence(search)),
        disclosure(t("The flips: {n}", n=len(shown)), tag("div", *[_flip(each) for each in shown]))
        if shown
        else None,
    )


def _flip(flip: Flip) -> Html:
    head = tag(
        "p",
        foreign(flip.id),
        " · ",
        t(
            "{before} becomes {after}, {edits} {edits:edit|edits}, {queries} predictions",
            before=flip.before,
            after=flip.after,
            edits=flip.num_edits,
            queries=exact(flip.num_queries),
        ),
        class_="quiet",
    )
    return tag(
        "div", head, tag("p", marked_edits(flip.text, flip.edited), class_="text"), class_="example"
    )


def marked_edits(text: str, edited: str) -> Html:
    """The edited text with what went and what came marked; far parts of a long text left out."""
    pieces: list[Html | str] = []
    blocks = SequenceMatcher(None, text, edited, autojunk=False).get_opcodes()
    for place, (kind, start, end, new_start, new_end) in enumerate(blocks):
        if kind == "equal":
            is_first, is_last = place == 0, place == len(blocks) - 1
            pieces.append(_shortened(text[start:end], is_first, is_last))
            continue
        if end > start:
            pieces.append(tag("del", text[start:end]))
        if new_end > new_start:
            pieces.append(tag("ins", edited[new_start:new_end]))
    return join(*pieces)


def _shortened(text: str, is_first: bool, is_last: bool) -> str:
    """A stretch without edits, cut where it is far from any."""
    before = 0 if is_first else _CONTEXT
    after = 0 if is_last else _CONTEXT
    if len(text) <= before + after + 20:
        return text
    return f"{text[:before]} … {text[len(text) - after :]}"
