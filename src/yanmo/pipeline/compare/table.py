"""The comparison as a table for the terminal, in the reader's language.

Comes in: the content of `compare/report.json`. Goes out: text whose columns line up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanmo.core.messages import t
from yanmo.core.text_width import cell_width
from yanmo.pipeline.report.numbers import figure, short, size

_GAP = "  "


def format_comparison(report: Mapping[str, Any]) -> str:
    """The report as text of several lines, without a line break at the end."""
    header = [
        t("model"),
        t("parameters"),
        t("in blocks"),
        t("tokens"),
        t("seconds"),
        t("tokens/s"),
        t("memory"),
        t("FLOPs"),
        t("bits per byte"),
        t("95% interval"),
        t("perplexity"),
        t("top 1"),
    ]
    rows = [header, *(_row(model) for model in report["models"])]
    summary = t(
        "{documents:,} {documents:document|documents} of the {split} split, {tokens:,} tokens,"
        " {bytes:,} bytes",
        split=t("validation") if report["split"] == "validation" else t("test"),
        documents=report["documents"],
        tokens=report["tokens"],
        bytes=report["bytes"],
    )
    return "\n".join([summary, "", *align(rows)])


def _row(model: Mapping[str, Any]) -> list[str]:
    interval = model["bits_per_byte_interval"]
    return [
        model["name"],
        short(model["num_params"]),
        _or_dash(model["num_params_non_embedding"], short),
        short(model["tokens"]),
        f"{model['training_s']:.1f}",
        short(model["tokens_per_s"]),
        size(model["peak_memory_bytes"]),
        _or_dash(model["flops"], lambda value: f"{value:.2e}"),
        f"{model['bits_per_byte']:.4f}",
        f"{interval[0]:.3f}–{interval[1]:.3f}" if interval else "–",
        figure(model["perplexity"]),
        f"{model['top1']:.1%}",
    ]


def _or_dash(value: Any, write: Any) -> str:
    return "–" if value is None else str(write(value))


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the first column flush left and the others flush right."""
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first + " " * (widths[0] - cell_width(first))]
        cells += [
            " " * (width - cell_width(cell)) + cell
            for cell, width in zip(others, widths[1:], strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines
