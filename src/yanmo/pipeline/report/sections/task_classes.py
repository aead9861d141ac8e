"""Classes of a task: which are taken for which, how good each is, and whether probabilities hold.

Comes in: the confusion matrix, the figures of classes and the calibration of a task's report. Goes
out: blocks of the task's section.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, foreign, join, tag
from yanmo.core.page.section import block, disclosure, table
from yanmo.evaluation.task_report import Calibration, ClassScores, Confusion
from yanmo.pipeline.report.interval_chart import ChartPoint, diagonal_chart
from yanmo.pipeline.report.numbers import exact, figure, share

_MAX_MATRIX = 20
_MAX_BESIDE = 4  # classes of a matrix that has room beside the calibration
_MOST_INK = 55  # per cent of the data colour behind a full cell; text stays readable on it
_LARGEST_DOT = 9.0


def class_blocks(
    classes: Sequence[ClassScores], confusion: Confusion | None, calibration: Calibration | None
) -> Html:
    """The matrix beside the calibration, or above it where it is wide; and the figures of each
    class to unfold."""
    beside = [
        block(t("Right classes and said ones"), _matrix(confusion)) if confusion else None,
        block(t("Confidence and truth"), _calibration(calibration)) if calibration else None,
    ]
    present = [each for each in beside if each]
    figures = disclosure(t("Each class"), _classes(classes)) if classes else None
    if confusion and len(confusion.labels) > _MAX_BESIDE:
        return join(*present, figures)
    return join(tag("div", *present, class_="pair") if present else None, figures)


def _matrix(confusion: Confusion) -> Html:
    """Rows are right classes, columns are said ones; a cell's ink is its share of the row."""
    labels, counts = confusion.labels, confusion.counts
    if len(labels) > _MAX_MATRIX:
        return _most_confused(confusion)
    head = tag(
        "tr",
        tag("th", t("right ↓ said →"), scope="col"),
        *[tag("th", foreign(label), scope="col", class_="number") for label in labels],
    )
    rows = []
    for label, row in zip(labels, counts, strict=True):
        total = sum(row)
        cells = [
            tag(
                "td",
                exact(count),
                class_="number cell",
                style=f"--part:{_MOST_INK * count / total:.0f}%" if total and count else None,
                title=share(count / total) if total else None,
            )
            for count in row
        ]
        rows.append(tag("tr", tag("th", foreign(label), scope="row"), *cells))
    inner = tag("table", tag("thead", head), tag("tbody", *rows), class_="matrix")
    return tag(
        "div",
        inner,
        class_="scroll",
        role="region",
        tabindex=0,
        aria_label=t("Right classes and said ones"),
    )


def _most_confused(confusion: Confusion) -> Html:
    """Of many classes, the pairs that are taken for one another most often."""
    pairs = sorted(
        (
            (-count, right, said)
            for right, row in zip(confusion.labels, confusion.counts, strict=True)
            for said, count in zip(confusion.labels, row, strict=True)
            if right != said and count
        ),
    )[:_MAX_MATRIX]
    rows = [[foreign(right), foreign(said), exact(-count)] for count, right, said in pairs]
    headings = [t("right"), t("said"), t("items")]
    return table(headings, rows, label=t("Right classes and said ones"), text_columns=2)


def _classes(classes: Sequence[ClassScores]) -> Html:
    rows = [
        [
            foreign(row.label),
            figure(row.precision),
            figure(row.recall),
            figure(row.f1),
            exact(row.support),
        ]
        for row in classes
    ]
    headings = [t("class"), t("Precision"), t("Recall"), "F1", t("items")]
    return table(headings, rows, label=t("Each class"))


def _calibration(calibration: Calibration) -> Html:
    filled = [each for each in calibration.bins if each.count]
    most = max((each.count for each in filled), default=1)
    points = [
        ChartPoint(
            each.confidence,
            each.accuracy,
            title=t(
                "confidence {confidence}, right {accuracy}, {n} items",
                confidence=share(each.confidence),
                accuracy=share(each.accuracy),
                n=exact(each.count),
            ),
            size=round(max(2.0, _LARGEST_DOT * (each.count / most) ** 0.5), 1),
        )
        for each in filled
        if each.confidence is not None and each.accuracy is not None
    ]
    if not points:
        return Html("")
    label = t("share of right predictions over their confidence")
    error = figure(calibration.expected_error, 3)
    if calibration.interval is not None:
        low, high = calibration.interval
        error = t("{value} ({low} – {high})", value=error, low=figure(low, 3), high=figure(high, 3))
    note = t(
        "Across: how sure the model is; up: how often it is right. Below the line it is too sure."
        " Expected calibration error: {error}.",
        error=error,
    )
    return join(
        tag("figure", diagonal_chart(points, label=label), class_="chart calibration"),
        tag("p", note, class_="quiet"),
    )
