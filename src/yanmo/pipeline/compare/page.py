"""`compare.html`: the comparison as one self-contained page.

Comes in: the content of `compare/report.json`. Goes out: the text of the page, in the style and the
frame of the report of a run. It loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from yanmo.core.device import device_text
from yanmo.core.messages import t
from yanmo.core.page.frame import framed_page
from yanmo.core.page.markup import Child, Html, foreign, join, tag, visible
from yanmo.core.page.section import Section, block, table
from yanmo.core.page.speaking import prose
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.learning_curves import Axis, colour, learning_curves
from yanmo.pipeline.report.numbers import exact, figure, power_of_ten, short, size

Report = Mapping[str, Any]


def render_page(report: Report, language: str) -> str:
    """The page in `language`, in which `t` must already be speaking."""
    sections = [_results(report), _curves(report), _costs(report), _conditions(report)]
    style = files("yanmo.pipeline.compare").joinpath("compare.css").read_text(encoding="utf-8")
    title = t("{name} · models compared", name=visible(report["run"]))
    return framed_page(
        title, _summary(report), _overview(report), sections, language, more_style=style
    )


def _overview(report: Report) -> Html:
    device = next((model["device"] for model in report["models"] if "device" in model), None)
    facts = [
        Budget.model_validate(report["budget"]).describe(),
        t("rows of {count} tokens", count=exact(report["row_tokens"])),
        t("{count} rows a step", count=exact(report["batch_rows"])),
        t("vocabulary {count}", count=exact(report["vocab_size"])),
        *([device_text(device)] if device else []),
    ]
    return join(
        tag("h1", t("{name}: models compared", name=visible(report["run"]))),
        tag("p", _summary(report), class_="summary"),
        tag("p", *[tag("span", fact) for fact in facts], class_="circumstances"),
        _failures(report),
    )


def _summary(report: Report) -> str:
    best, worst = report["models"][0], report["models"][-1]
    first = t(
        "On held-out text {name} needs {bits} bits per byte.",
        name=best["name"],
        bits=figure(best["bits_per_byte"]),
    )
    if best is worst:
        return first
    second = t(
        "That is the fewest of {count} models; {name} needs the most, {bits}.",
        count=len(report["models"]),
        name=worst["name"],
        bits=figure(worst["bits_per_byte"]),
    )
    return prose(first, second)


def _failures(report: Report) -> Html | None:
    if not report["failures"]:
        return None
    lines = [
        tag("li", foreign(failure["name"]), ": ", foreign(failure["error"]))
        for failure in report["failures"]
    ]
    return tag("div", tag("h2", t("Models that failed")), tag("ul", *lines), class_="notice")


def _results(report: Report) -> Section:
    models = report["models"]
    largest = max(
        max(model["bits_per_byte"], *(model["bits_per_byte_interval"] or [0.0])) for model in models
    )
    rows = [_bar_row(model, largest) for model in models]
    note = t(
        "Split “{split}”: {documents} documents, {tokens} tokens, {bytes}.",
        split=t("validation") if report["split"] == "validation" else t("test"),
        documents=exact(report["documents"]),
        tokens=exact(report["tokens"]),
        bytes=size(report["bytes"]),
    )
    notes = [note]
    if any(model["bits_per_byte_interval"] for model in models):  # a single document has none
        notes.append(
            t(
                "Whiskers are 95% intervals over documents; all models have the same documents, so"
                " two may differ for certain although their whiskers overlap."
            )
        )
    body = join(
        block(t("Bits per byte (lower is better)"), tag("div", *rows, class_="scores")),
        tag("p", prose(*notes), class_="quiet"),
    )
    return Section("results", t("How good each became"), _best_lead(), body)


def _best_lead() -> str:
    return t("All were scored on the same held-out documents, which none has seen.")


def _bar_row(model: Mapping[str, Any], largest: float) -> Html:
    interval = model["bits_per_byte_interval"]
    value = model["bits_per_byte"]
    fill = tag(
        "span",
        class_="fill",
        style=f"width:{100 * value / largest:.4g}%;background:{colour(model)}",
    )
    whisker = None
    if interval:
        low, high = interval
        left, width = 100 * low / largest, 100 * (high - low) / largest
        whisker = tag("span", class_="whisker", style=f"left:{left:.4g}%;width:{width:.3g}%")
    return tag(
        "div",
        tag("span", foreign(model["name"]), class_="name"),
        tag("span", fill, whisker, class_="bar", aria_hidden="true"),
        tag("span", figure(value), class_="number"),
        class_="score-row",
    )


def _curves(report: Report) -> Section:
    axes: list[tuple[Axis, str]] = [
        ("tokens", t("Over training tokens")),
        ("seconds", t("Over seconds of training")),
    ]
    pictures = [_figure(report, axis, label) for axis, label in axes]
    caption = t(
        "Measured on the first rows of the validation split, where a model begins every row anew;"
        " so the last points are not the scores above. A model that counts has no curve: its level"
        " is dashed."
    )
    body = join(*pictures, tag("p", caption, class_="quiet"))
    lead = t("Bits per byte on validation rows while training.")
    return Section("curves", t("How fast each learned"), lead, body)


def _figure(report: Report, axis: Axis, label: str) -> Html:
    picture = learning_curves(report["models"], axis)
    if not picture:
        return Html("")
    return tag(
        "figure",
        tag("figcaption", tag("span", label, class_="chart-title")),
        tag("div", picture, class_="plot"),
        class_="chart curves",
        id=f"curves-{axis}",
    )


def _costs(report: Report) -> Section:
    headings = [
        t("model"),
        t("bits per byte"),
        t("perplexity"),
        t("top 1"),
        t("parameters"),
        t("in blocks"),
        t("tokens"),
        t("seconds"),
        t("tokens/s"),
        t("memory"),
        t("FLOPs"),
    ]
    rows = [_cost_row(model) for model in report["models"]]
    note = t(
        "“In blocks” leaves out embeddings and the output projection; of a counting model,"
        " parameters are the n-grams that it has seen. Seconds are those of optimiser steps, or of"
        " counting; memory is the largest that the process held."
    )
    body = join(table(headings, rows, label=t("All figures")), tag("p", note, class_="quiet"))
    lead = t("What every model took, and what it gave.")
    return Section("figures", t("All figures"), lead, body)


def _cost_row(model: Mapping[str, Any]) -> list[Child]:
    interval = model["bits_per_byte_interval"]
    written = figure(model["bits_per_byte"])
    if interval:
        low, high = map(figure, interval)
        bits: Child = join(written, tag("small", f"{low} – {high}", class_="interval"))
    else:
        bits = written
    blocks = model["num_params_non_embedding"]
    return [
        foreign(model["name"]),
        bits,
        figure(model["perplexity"]),
        f"{100 * model['top1']:.1f}%",
        short(model["num_params"]),
        "–" if blocks is None else short(blocks),
        short(model["tokens"]),
        f"{model['training_s']:.1f}",
        short(model["tokens_per_s"]),
        size(model["peak_memory_bytes"]),
        "–" if model["flops"] is None else power_of_ten(model["flops"]),
    ]


def _conditions(report: Report) -> Section:
    neural = [model for model in report["models"] if model["kind"] == "neural"]
    rows: list[list[Child]] = [
        [
            foreign(model["name"]),
            model["optimizer"]["name"],
            _rates(model["optimizer"]),
            figure(model["dropout"], 2),
            exact(model["steps"]),
            f"{model['other_s']:.1f}",
        ]
        for model in neural
    ]
    headings = [
        t("model"),
        t("optimiser"),
        t("learning rate"),
        t("dropout"),
        t("steps"),
        t("seconds besides"),
    ]
    same = [
        t(
            "Equal for all: tokens and their order, batch, context, schedule and seed ({seed}).",
            seed=report["seed"],
        ),
        t("Each model is trained with the optimiser and the learning rate in its row."),
        t("Seconds besides are validations and checkpoints, which the budget does not pay for."),
    ]
    body = join(
        table(headings, rows, label=t("Settings"), text_columns=2) if rows else None,
        tag("ul", *[tag("li", sentence) for sentence in same], class_="remarks"),
    )
    lead = t("What was the same for all, and what was not.")
    return Section("settings", t("Settings"), lead, body)


def _rates(optimizer: Mapping[str, Any]) -> str:
    rates = [optimizer["learning_rate"], optimizer.get("adamw_learning_rate")]
    return " / ".join(f"{rate:g}" for rate in rates if rate is not None)
