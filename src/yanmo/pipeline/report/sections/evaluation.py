"""How good the model is, beside the baseline.

Comes in: evaluate/report.json as a record. Goes out: the section: a bar for each model's bits per
byte, and a table of every metric with intervals where they were measured.
"""

from __future__ import annotations

from yanmo.core.messages import t
from yanmo.core.page.markup import Html, foreign, join, tag
from yanmo.core.page.section import Section, block, table
from yanmo.core.page.speaking import prose
from yanmo.pipeline.report.bars import bar, interval_bar
from yanmo.pipeline.report.numbers import exact, figure, share, size
from yanmo.pipeline.report.records import EvaluationReport, ModelScore
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.overview import improvement


def evaluation_section(run: RunFiles) -> Section | None:
    """The section about evaluation, None without evaluate/report.json or without models in it."""
    report = run.evaluation
    if report is None or not report.models:
        return None
    body = join(
        block(t("Bits per byte (lower is better)"), _bars(report)),
        _differences(report),
        block(t("All metrics"), _metrics(report)),
        tag("p", _conditions(report), class_="quiet"),
    )
    return Section("evaluation", t("How good it is"), _lead(run), body)


def _lead(run: RunFiles) -> str:
    compared = improvement(run)
    if compared is None:
        return t("Measured on text that was held out from training.")
    baseline, part = compared.baseline, compared.part
    if compared.is_certain is False:
        return t("The difference from the {baseline} baseline may be chance.", baseline=baseline)
    if part > 0:
        return t(
            "On held-out text the model needs {percent} fewer bits than the {baseline} baseline.",
            percent=share(part),
            baseline=baseline,
        )
    return t(
        "On held-out text the model needs {percent} more bits than the {baseline} baseline.",
        percent=share(-part),
        baseline=baseline,
    )


def _bars(report: EvaluationReport) -> Html:
    key = "bits_per_byte"
    scored = [model for model in report.models if key in model.values]
    largest = max(
        [max(model.values[key], *model.intervals.get(key, (0.0,))) for model in scored], default=1.0
    )
    rows = [
        tag(
            "div",
            tag("span", foreign(model.name), class_="name"),
            _bar(model, key, largest or 1.0),
            tag("span", figure(model.values[key]), class_="number"),
            class_="score-row",
        )
        for model in scored
    ]
    return tag("div", *rows, class_="scores") if rows else Html("")


def _differences(report: EvaluationReport) -> Html | None:
    """How far each model is from each baseline, with the interval of the difference."""
    key = "bits_per_byte"
    lines = []
    for entry in report.differences:
        if key not in entry.values or key not in entry.intervals:
            continue
        low, high = entry.intervals[key]
        sentence = t(
            "{model} − {baseline}: {value} bits per byte, 95% interval {low} to {high}.",
            model=entry.model,
            baseline=entry.baseline,
            value=_signed(entry.values[key]),
            low=_signed(low),
            high=_signed(high),
        )
        lines.append(tag("li", sentence))
    return tag("ul", *lines, class_="remarks") if lines else None


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _bar(model: ModelScore, key: str, largest: float) -> Html:
    kind = "" if model.kind == "neural" else "pale"
    if key in model.intervals:
        low, high = model.intervals[key]
        return interval_bar(model.values[key], low, high, largest, kind=kind)
    return bar(model.values[key] / largest, kind=kind)


def _metrics(report: EvaluationReport) -> Html:
    kinds = {"neural": t("neural"), "ngram": t("n-gram")}
    columns = [
        ("bits_per_byte", t("bits per byte")),
        ("loss", t("loss, nats per token")),
        ("perplexity", t("perplexity")),
        ("top1", t("top 1")),
        ("top5", t("top 5")),
        ("next_sentence_top1", t("next sentence")),
    ]
    known = [c for c in columns if any(c[0] in model.values for model in report.models)]
    rows = [
        [
            foreign(model.name),
            kinds.get(model.kind, foreign(model.kind)),
            *[_value(model, key) for key, _ in known],
        ]
        for model in report.models
    ]
    headings = [t("model"), t("kind"), *[label for _, label in known]]
    return table(headings, rows, label=t("All metrics"), text_columns=2)


def _value(model: ModelScore, key: str) -> Html | str:
    """The value, and below it the interval."""
    if key not in model.values:
        return "–"
    write = _percent if key in ("top1", "top5", "next_sentence_top1") else figure
    value = write(model.values[key])
    if key not in model.intervals:
        return value
    low, high = model.intervals[key]
    return join(value, tag("small", f"{write(low)} – {write(high)}", class_="interval"))


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _conditions(report: EvaluationReport) -> str:
    sentence = t(
        "Split “{split}”: {documents} documents, {tokens} tokens, {bytes}.",
        split=t("validation") if report.split == "validation" else t("test"),
        documents=exact(report.documents),
        tokens=exact(report.tokens),
        bytes=size(report.bytes),
    )
    if report.context_tokens is None or report.stride_tokens is None:
        return sentence
    windows = t(
        "The model sees at most {context} tokens at a time, in windows {stride} tokens apart.",
        context=exact(report.context_tokens),
        stride=exact(report.stride_tokens),
    )
    return prose(sentence, windows)
