"""How the loss fell: the large chart with its switches, three smaller ones, the validations.

Comes in: the curves of a run. Goes out: the section, and the JSON for the script.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, join, tag
from yanmo.core.page.section import Section, disclosure, table
from yanmo.pipeline.report.curves import Chart, Curves
from yanmo.pipeline.report.line_chart import line_chart
from yanmo.pipeline.report.numbers import exact, figure, power_of_ten, short
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.overview import trained_tokens

_MAX_VALIDATION_ROWS = 60


def training_section(run: RunFiles, curves: Curves) -> Section | None:
    """The section about training, None where no step was logged."""
    if curves.loss is None:
        return None
    body = join(
        chart_figures(curves),
        _remarks(curves),
        _facts(run, curves),
        _validations(curves),
    )
    return Section("training", t("How it learnt"), _lead(curves), body)


def chart_figures(curves: Curves) -> Html:
    """The large chart with its switches, and the smaller ones."""
    assert curves.loss is not None, "there is a chart where steps were logged"
    return join(
        _figure(
            curves.loss,
            width=840,
            height=340,
            legend=_legend(curves.loss),
            switches=_switches(curves.loss),
        ),
        tag(
            "div",
            *[_figure(panel, width=400, height=170) for panel in curves.panels],
            class_="panels",
        ),
    )


def shown_charts(every: Sequence[Curves]) -> list[Chart]:
    """The charts of all curves, in the order of the page."""
    return [chart for curves in every if curves.loss for chart in (curves.loss, *curves.panels)]


def _lead(curves: Curves) -> str:
    if len(curves.validation) > 1:
        first, last = curves.validation[0], curves.validation[-1]
        return t(
            "Validation loss went from {first} to {last} nats per token.",
            first=figure(first["validation/loss"], 3),
            last=figure(last["validation/loss"], 3),
        )
    if curves.last_train:
        loss = figure(curves.last_train["train/loss"], 3)
        return t("The last training loss is {loss} nats per token.", loss=loss)
    return ""


def _figure(
    chart: Chart,
    *,
    width: int,
    height: int,
    legend: Html | None = None,
    switches: Html | None = None,
) -> Html:
    caption = tag("figcaption", tag("span", chart.label, class_="chart-title"), legend)
    plot = tag(
        "div", line_chart(chart, width=width, height=height), class_="plot", data_height=height
    )
    return tag(
        "figure",
        caption,
        switches,
        plot,
        tag("output", class_="readout", aria_live="off"),
        class_="chart large" if chart.is_large else "chart",
        id=f"chart-{chart.name}",
        data_chart=chart.name,
    )


def _legend(chart: Chart) -> Html:
    # All thin lines are explained by one.
    shown = {line.label: line.kind for group in chart.groups for line in group.lines}
    entries = [tag("span", tag("i", class_=f"key {kind}"), label) for label, kind in shown.items()]
    return tag("span", *entries, class_="chart-legend")


def _switches(chart: Chart) -> Html:
    """Radio buttons for the x axis and the scale of y; shown only where a script runs."""
    known = chart.groups[0].x
    suffix = f"-{chart.family}" if chart.family else ""
    axes = {"step": t("steps"), "tokens": t("tokens"), "time": t("time")}
    scales = {"linear": t("linear"), "log": t("logarithmic")}
    return tag(
        "div",
        _radios(
            "x-axis" + suffix,
            t("across"),
            {axis: label for axis, label in axes.items() if axis in known},
        ),
        _radios("y-scale" + suffix, t("loss"), scales),
        class_="switches",
        data_family=chart.family or None,
    )


def _radios(name: str, legend: str, options: dict[str, str]) -> Html:
    inputs = [
        tag(
            "label",
            tag(
                "input",
                type="radio",
                name=name,
                value=value,
                checked=index == 0,
                autocomplete="off",
            ),
            tag("span", label),
        )
        for index, (value, label) in enumerate(options.items())
    ]
    return tag("fieldset", tag("legend", legend), tag("div", *inputs, class_="segments"))


def _remarks(curves: Curves) -> Html | None:
    remarks = []
    if curves.num_pauses:
        remarks.append(
            t("Pauses between resumed parts left out of the time axis: {n}.", n=curves.num_pauses)
        )
    if curves.num_not_finite:
        remarks.append(t("Steps whose loss was not a finite number: {n}.", n=curves.num_not_finite))
    return (
        tag("ul", *[tag("li", remark) for remark in remarks], class_="remarks") if remarks else None
    )


def _facts(run: RunFiles, curves: Curves) -> Html | None:
    """The size of the model and of the work, as far as the manifest says."""
    counts = run.counts("pretrain")
    facts: list[tuple[str, str]] = []
    names = [
        ("num_params", t("parameters")),
        ("num_params_non_embedding", t("parameters without embeddings")),
        ("steps", t("steps")),
        ("num_resumes", t("times resumed")),
    ]
    for key, label in names:
        if isinstance(counts.get(key), int) and (counts[key] or key != "num_resumes"):
            facts.append((label, exact(counts[key])))
    seen = trained_tokens(run, curves)
    if seen:
        facts.append((t("tokens trained on"), short(seen)))
        in_train = run.tokens.account.get("trained") if run.tokens else None
        if in_train:
            facts.append((t("passes over the training text"), figure(seen / in_train, 3)))
    per_token = counts.get("flops_per_token")
    if isinstance(per_token, int | float) and seen:
        facts.append((t("floating-point operations"), power_of_ten(per_token * seen)))
    if not facts:
        return None
    entries = [tag("div", tag("dt", label), tag("dd", value)) for label, value in facts]
    return tag("dl", *entries, class_="facts")


def _validations(curves: Curves) -> Html | None:
    """The validation points as a table: the chart for those who cannot see it."""
    if not curves.validation:
        return None
    every = -(-len(curves.validation) // _MAX_VALIDATION_ROWS)
    chosen = curves.validation[::-1][::every][::-1]
    columns = {
        "validation/loss": t("validation loss"),
        "validation/bits_per_byte": t("bits per byte"),
        "validation/old_loss": t("loss on the old domain"),
        "validation/old_bits_per_byte": t("bits per byte of the old domain"),
    }
    shown = [name for name in columns if all(name in row for row in chosen)]
    rows = [[exact(row["step"]), *[figure(row[name]) for name in shown]] for row in chosen]
    headings = [t("step"), *[columns[name] for name in shown]]
    title = t("The validations as a table")
    return disclosure(title, table(headings, rows, label=title, text_columns=0))
