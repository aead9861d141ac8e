"""What a sweep says in sentences, the same on the terminal and on the page.

Comes in: the content of `sweep.json`. Goes out: text in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanmo.core.messages import listed, t
from yanmo.pipeline.report.numbers import duration, figure, share, short
from yanmo.pipeline.sweep.outcome import BITS, LOSS, PERPLEXITY

_DATA_SECTIONS = ("corpus.", "tasks.")


def figure_label(name: str) -> str:
    """A figure as people call it; metrics of tasks keep their names."""
    words = {
        BITS: t("bits per byte"),
        PERPLEXITY: t("perplexity"),
        LOSS: t("validation loss"),
    }
    return words.get(name, name)


def settings_text(report: Mapping[str, Any], settings: Mapping[str, str]) -> str:
    """Values with short names, in the order of the axes."""
    labels = {axis["key"]: axis["label"] for axis in report["axes"]}
    return listed(f"{labels[key]} = {value}" for key, value in settings.items())


def describe_best(report: Mapping[str, Any]) -> str:
    """What was the best, and what it takes."""
    best = report["best"]
    return t(
        "Best: {settings}, with {label} {figure} ({params} parameters, {time}).",
        settings=settings_text(report, best["settings"]),
        label=figure_label(report["by"]),
        figure=_with_error(best),
        params=short(best["num_params"]),
        time=duration(best["elapsed_s"]),
    )


def describe_smallest(report: Mapping[str, Any]) -> str:
    """What is smaller and nearly as good, or that nothing is; empty where all are of one size."""
    best, smallest = report["best"], report["smallest"]
    if not report["has_sizes"]:
        return ""
    if report["rule"] == "standard_error":
        rule = t("one standard error")
    else:
        rule = share(report["tolerance_frac"])
    if smallest["settings"] == best["settings"]:
        return t("Nothing smaller comes within {rule} of it.", rule=rule)
    return t(
        "Smallest within {rule} of it: {settings}, with {figure} ({params} parameters, {time}).",
        rule=rule,
        settings=settings_text(report, smallest["settings"]),
        figure=_with_error(smallest),
        params=short(smallest["num_params"]),
        time=duration(smallest["elapsed_s"]),
    )


def remarks(report: Mapping[str, Any]) -> list[str]:
    """What a reader should know of the picks."""
    said = []
    for border in report["at_the_border"]:
        side = t("least") if border["side"] == "least" else t("greatest")
        said.append(
            t(
                "{key} = {value} is the {side} that was tried: what is better may lie beyond.",
                key=border["key"],
                value=border["value"],
                side=side,
            )
        )
    for axis in report["axes"]:
        if axis["key"].startswith(_DATA_SECTIONS):
            said.append(
                t(
                    "{key} may change what is validated on: then the figures are of different"
                    " texts, and do not compare.",
                    key=axis["key"],
                )
            )
    if report["evaluated"] is not None:
        figures = report["evaluated"]["figures"]
        written = listed(f"{figure_label(name)} {figure(one)}" for name, one in figures.items())
        split = t("validation") if report["evaluated"]["split"] == "validation" else t("test")
        said.append(
            t(
                "Measured once, on the {split} split, for the best trial alone: {figures}.",
                split=split,
                figures=written,
            )
        )
    waiting = sum(one["status"] in ("waiting", "running") for one in report["trials"])
    if waiting:
        said.append(
            t(
                "{count} {count:trial is|trials are} not finished; give the command again to go"
                " on.",
                count=waiting,
            )
        )
    return said


def _with_error(entry: Mapping[str, Any]) -> str:
    error = entry["standard_error"]
    written = figure(entry["figure"])
    return written if error is None else f"{written} ± {figure(error, 2)}"
