"""The trials as a table for the terminal, in the reader's language.

Comes in: the content of `sweep.json`. Goes out: text whose columns line up, the best trial first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanmo.core.messages import t
from yanmo.pipeline.compare.table import align
from yanmo.pipeline.report.numbers import figure, short
from yanmo.pipeline.sweep.words import describe_best, describe_smallest, figure_label, remarks

MAX_FIGURES = 4
"""Columns for figures: the one that decides, and the first others; the files have all."""


def format_sweep(report: Mapping[str, Any]) -> str:
    """The report as text of several lines, without a line break at the end."""
    names = shown_figures(report)
    header = [t("trial"), *(figure_label(name) for name in names)]
    has_first = report["has_halving"]
    header += [t("first round")] if has_first else []
    header += [t("parameters"), t("steps"), t("seconds"), ""]
    rows = [header]
    for one in report["trials"]:
        cells = [one["name"], *(_or_dash(one["figures"].get(name)) for name in names)]
        cells += [_or_dash(one["first_round_figure"])] if has_first else []
        known = one["num_params"] is not None
        cells += [
            short(one["num_params"]) if known else "–",
            short(one["steps"]) if known else "–",
            f"{one['elapsed_s']:.1f}" if known else "–",
            status_text(report, one),
        ]
        rows.append(cells)
    lines = align(rows)
    for one in report["trials"]:
        if one["error"]:
            lines += ["", t("{name} failed: {error}", name=one["name"], error=one["error"])]
    if report["best"] is not None:
        lines += ["", describe_best(report), *filter(None, [describe_smallest(report)])]
    lines += remarks(report)
    return "\n".join(lines)


def shown_figures(report: Mapping[str, Any]) -> list[str]:
    """The figures that have a column, the one that decides first."""
    names = dict.fromkeys([report["by"]] if report["by"] else [])
    for one in report["trials"]:
        names |= dict.fromkeys(one["figures"])
    return [*names][:MAX_FIGURES]


def status_text(report: Mapping[str, Any], trial: Mapping[str, Any]) -> str:
    """What became of a trial, or what it was picked as."""
    if trial["status"] == "done":
        if trial["name"] in report["best"]["trials"]:
            return t("best")
        return t("smallest") if trial["name"] in report["smallest"]["trials"] else ""
    words = {
        "waiting": t("not finished"),
        "running": t("not finished"),
        "behind": t("behind"),
        "failed": t("failed"),
    }
    return words[trial["status"]]


def _or_dash(value: float | None) -> str:
    return "–" if value is None else figure(value)
