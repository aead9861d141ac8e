"""The evaluation report as a plain table for the terminal, in the reader's language.

In comes the report of `evaluate_language_model`, out comes text whose columns line up also where
Chinese characters, which fill two cells, stand in them. Knows only the report's format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanmo.core.messages import t
from yanmo.core.text_width import cell_width

_GAP = "  "


def format_results(report: Mapping[str, Any]) -> str:
    """The report as text of several lines, without a line break at the end."""
    columns = [
        (t("loss"), "loss", "{:.4f}"),
        (t("perplexity"), "perplexity", "{:,.2f}"),
        (t("bits per byte"), "bits_per_byte", "{:.4f}"),
        (t("95% interval"), "bits_per_byte_interval", ""),
        (t("top 1"), "top1", "{:.1%}"),
        (t("top 5"), "top5", "{:.1%}"),
        (t("next sentence"), "next_sentence_top1", "{:.1%}"),
    ]
    known = [column for column in columns if any(column[1] in row for row in report["models"])]
    header = [t("model"), *(title for title, _, _ in known)]
    rows = [
        [model["name"], *(_format_figure(model.get(key), form) for _, key, form in known)]
        for model in report["models"]
    ]
    summary = t(
        "{split} split: {documents:,} {documents:document|documents}, {tokens:,} tokens,"
        " {bytes:,} bytes",
        split=t("validation") if report["split"] == "validation" else t("test"),
        documents=report["documents"],
        tokens=report["tokens"],
        bytes=report["bytes"],
    )
    if "stride_tokens" in report:
        summary += t(
            "; context {context} tokens, stride {stride}",
            context=report["context_tokens"],
            stride=report["stride_tokens"],
        )
    if "objective" in report:
        summary += t("; objective {name}", name=report["objective"])
    differences = [_format_difference(difference) for difference in report["differences"]]
    if differences:
        differences.insert(0, "")
    return "\n".join([summary, "", *aligned([header, *rows]), *differences])


def _format_figure(value: Any, form: str) -> str:
    """A number in `form`, or an interval where there is no form."""
    if not form or value is None:
        return _format_interval(value)
    return form.format(value)


def _format_difference(difference: Mapping[str, Any]) -> str:
    """One line that says which model is better, by how much, and whether that is certain."""
    value, interval = difference["bits_per_byte"], difference["bits_per_byte_interval"]
    names = {"model": difference["model"], "baseline": difference["baseline"]}
    if interval is None or interval[0] <= 0 <= interval[1]:
        verdict = t("no certain difference between {model} and {baseline}", **names)
    elif value < 0:
        verdict = t("{model} is better than {baseline}", **names)
    else:
        verdict = t("{model} is worse than {baseline}", **names)
    figures = t(
        "{value:+.4f} bits per byte, 95% interval {interval}",
        value=value,
        interval=_format_interval(interval, sign="+"),
    )
    return t("{verdict}: {figures}", verdict=verdict, figures=figures)


def _format_interval(interval: Sequence[float] | None, *, sign: str = "") -> str:
    """`[low, high]`, or a dash where one document alone cannot tell."""
    if interval is None:
        return "-"
    low, high = interval
    return f"[{low:{sign}.4f}, {high:{sign}.4f}]"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the first column flush left and the others flush right."""
    widths = [max(cell_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        pads = [" " * (width - cell_width(cell)) for width, cell in zip(widths, row, strict=True)]
        cells = [
            row[0] + pads[0],
            *(pad + cell for pad, cell in zip(pads[1:], row[1:], strict=True)),
        ]
        lines.append(_GAP.join(cells))
    return lines
