"""`sweep.html`: a sweep as one self-contained page.

Comes in: the content of `sweep.json`. Goes out: the text of the page, in the style and the frame of
the report of a run. It loads nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from yanmo.core.messages import t
from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import Child, Html, foreign, join, tag, visible
from yanmo.core.page.section import Section, block, copyable, table
from yanmo.core.page.speaking import prose
from yanmo.pipeline.report.numbers import duration, exact, figure, short
from yanmo.pipeline.sweep.charts import (
    curves_chart,
    heat_map,
    parallel_coordinates,
    values_chart,
)
from yanmo.pipeline.sweep.table import shown_figures, status_text
from yanmo.pipeline.sweep.words import (
    describe_best,
    describe_smallest,
    figure_label,
    remarks,
    settings_text,
)

Report = Mapping[str, Any]
_STYLE = """
.sweep .plot { cursor: auto; }
.sweep .series { fill: none; stroke-width: 1.5; opacity: .85; }
.sweep .series.best { stroke-width: 3; opacity: 1; }
.sweep .series.between { stroke: var(--pale); }
.sweep .upright { stroke: var(--ink-3); stroke-width: 1; }
.sweep .axis { fill: var(--ink-3); font: 12px var(--sans); }
.sweep text.tick { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.heat td, .heat th.number { padding-inline: .75rem; }
.heat td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
#trials { grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
#trials .section-head { position: static; }
@media (max-width: 44rem) {
  .sweep .plot { overflow-x: auto; }
  .sweep svg { min-width: 36rem; }
}
"""


def render_page(report: Report, language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    sections = [_trials(report), _how(report)]
    if report["best"] is not None:
        sections = [_values(report), *_curves(report), *sections]
    title = t("{name} · sweep", name=visible(report["run"]))
    return framed_page(
        title, _summary(report), _overview(report), sections, language, more_style=_STYLE
    )


def _overview(report: Report) -> Html:
    done = len(_tried(report))
    seconds = sum(one["elapsed_s"] or 0.0 for one in report["trials"])
    facts = [
        t("{done} of {count} trials finished", done=done, count=len(report["trials"])),
        t("drawn at random") if report["search"] == "random" else t("every combination"),
        t("{time} of training in all", time=duration(seconds)),
        visible(report["judged"]),
    ]
    return join(
        tag("h1", t("{name}: a sweep", name=visible(report["run"]))),
        tag("p", _summary(report), class_="summary"),
        tag("p", *[tag("span", fact) for fact in facts], class_="circumstances"),
        _failures(report),
    )


def _tried(report: Report) -> list[Mapping[str, Any]]:
    """The trials that had a figure to be chosen by."""
    return [one for one in report["trials"] if one["status"] in ("done", "behind")]


def _summary(report: Report) -> str:
    if report["best"] is None:
        return t("No trial is finished yet.")
    return prose(*filter(None, [describe_best(report), describe_smallest(report)]))


def _failures(report: Report) -> Html | None:
    failed = [one for one in report["trials"] if one["error"]]
    if not failed:
        return None
    lines = [tag("li", foreign(one["name"]), ": ", foreign(one["error"])) for one in failed]
    return tag("div", tag("h2", t("Trials that failed")), tag("ul", *lines), class_="notice")


def _values(report: Report) -> Section:
    axes = [axis for axis in report["axes"] if not axis["is_replicate"]]
    label = figure_label(report["by"])
    better = t("higher is better") if report["is_higher_better"] else t("lower is better")
    named = t("{figure} ({better})", figure=label, better=better)
    pictures: list[Html] = []
    if len(axes) == 1:
        pictures.append(_figure(values_chart(report)))
    if len(axes) == 2 and not any(axis["range"] for axis in axes):
        pictures.append(block(t("Heat map"), heat_map(report)))
    if len(axes) > 1:
        pictures.append(block(t("Parallel coordinates"), _figure(parallel_coordinates(report))))
    if not axes:
        pictures.append(tag("p", t("Only the seed was varied.")))
    note = t(
        "The best combination is red; the deeper the blue of another, the nearer it comes. Figures"
        " are those of the validation split."
    )
    body = join(*pictures, tag("p", note, class_="quiet"))
    return Section("values", t("What the values do"), named, body)


def _curves(report: Report) -> list[Section]:
    picture = curves_chart(report)
    if not picture:
        return []
    lead = t("{figure} over training steps", figure=figure_label(report["by"]))
    return [Section("curves", t("How each trial learned"), lead, _figure(picture))]


def _figure(picture: Html) -> Html:
    return tag("figure", tag("div", picture, class_="plot"), class_="chart sweep")


def _trials(report: Report) -> Section:
    axes, names = report["axes"], shown_figures(report)
    headings = [
        t("trial"),
        t("result"),
        *(axis["label"] for axis in axes),
        *(figure_label(name) for name in names),
        *([t("first round")] if report["has_halving"] else []),
        t("parameters"),
        t("steps"),
        t("tokens"),
        t("seconds"),
    ]
    rows = [_row(report, one, index + 1, names) for index, one in enumerate(report["trials"])]
    lead = t("The best first. `sweep.csv` beside this page has the same for other programs.")
    body = table(headings, rows, label=t("All trials"), text_columns=2)
    return Section("trials", t("All trials"), lead.replace("`", ""), body)


def _row(report: Report, one: Mapping[str, Any], place: int, names: list[str]) -> list[Child]:
    known = one["num_params"] is not None
    first = one["first_round_figure"]
    return [
        str(place),
        status_text(report, one),
        *(foreign(one["settings"][axis["key"]]) for axis in report["axes"]),
        *(figure(one["figures"][name]) if name in one["figures"] else "–" for name in names),
        *(["–" if first is None else figure(first)] if report["has_halving"] else []),
        short(one["num_params"]) if known else "–",
        exact(one["steps"]) if known else "–",
        short(one["tokens"]) if known else "–",
        f"{one['elapsed_s']:.1f}" if known else "–",
    ]


def _how(report: Report) -> Section:
    said = [
        t("Trials are compared on the validation split; no test split has any part in the choice."),
    ]
    own = [axis["key"] for axis in report["axes"] if not axis["is_replicate"]]
    num_tried = len({tuple(one["settings"][key] for key in own) for one in _tried(report)})
    if num_tried > 1:
        said.append(
            t(
                "The best of {count} is the best partly by luck: on text that nothing was chosen by"
                " expect a little less. `--until evaluate` measures it there.",
                count=num_tried,
            ).replace("`", "")
        )
    if report["rule"] == "standard_error":
        said.append(t("Figures are means over seeds, with the standard error of the mean."))
    if report["rule"] == "standard_error" and report["has_sizes"]:
        said.append(
            t(
                "“Smallest” is the smallest combination within one standard error of the best, up"
                " to {limit}.",
                limit=figure(report["limit"]),
            )
        )
    elif report["has_sizes"]:
        said.append(
            t(
                "“Smallest” is the smallest combination whose figure is no further from the best"
                " than {limit}.",
                limit=figure(report["limit"]),
            )
        )
    if report["has_halving"]:
        said.append(
            t(
                "In the first round every combination got a third of the training; the best third"
                " of them got all of it."
            )
        )
    said += remarks(report)
    commands = []
    if report["best"] is not None:
        folder = PurePath(report["folder"])
        for name, pick in (("best.toml", "best"), ("smallest.toml", "smallest")):
            if pick == "smallest" and report["smallest"] == report["best"]:
                continue
            run_dir = folder / "trials" / report[pick]["trials"][0]
            command = shlex.join(["yanmo", "run", str(folder / name), "--out", str(run_dir)])
            label = settings_text(report, report[pick]["settings"])
            commands.append(block(label, copyable(command)))
    body = join(tag("ul", *[tag("li", sentence) for sentence in said], class_="remarks"), *commands)
    lead = t("How it was picked, and how to go on with it.")
    return Section("choice", t("The choice"), lead, body)
