"""How each task was learned: the curves of every fine-tuning, and what it cost.

Comes in: the files of the fine-tunings and their curves. Goes out: the section.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from yanmo.core.messages import listed, t
from yanmo.core.page.markup import Html, join, tag
from yanmo.core.page.section import Section, block, disclosure, table
from yanmo.core.page.speaking import prose
from yanmo.pipeline.report.curves import Curves
from yanmo.pipeline.report.numbers import duration, exact, figure, share, short
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.training import chart_figures
from yanmo.pipeline.report.tuning_curves import TuningCurves, metric_label, tuning_curves
from yanmo.pipeline.report.tuning_files import TuningFiles

_MAX_ROWS = 60

Tunings = Sequence[tuple[TuningFiles, TuningCurves]]


def curves_of_tunings(run: RunFiles) -> Tunings:
    """The fine-tunings that logged a step, with their curves."""
    found = [
        (files, tuning_curves(files, f"tuning-{number}"))
        for number, files in enumerate(run.tunings, start=1)
    ]
    return [(files, drawn) for files, drawn in found if drawn.curves.loss is not None]


def tunings_section(tunings: Tunings) -> Section | None:
    """The section, None where no fine-tuning logged a step."""
    if not tunings:
        return None
    blocks = [
        block(
            files.name,
            tag(
                "div",
                tag("p", _sentence(files, drawn)),
                chart_figures(drawn.curves),
                _draws(files),
                _facts(files, drawn),
                _validations(drawn),
                class_="tuning",
            ),
        )
        for files, drawn in tunings
    ]
    lead = t(
        "{n} {n:fine-tuning|fine-tunings}: the ring marks the step whose weights were kept.",
        n=len(tunings),
    )
    return Section("tunings", t("How it learnt its tasks"), lead, join(*blocks))


def _sentence(files: TuningFiles, drawn: TuningCurves) -> str:
    """What was kept and why training ended there."""
    sentences = []
    last = drawn.curves.validation[-1]["step"] if drawn.curves.validation else None
    if not files.counts:
        sentences.append(t("This fine-tuning is not finished."))
    elif drawn.has_stopped_early and last is not None:
        sentences.append(
            t("Stopped early after step {step}: nothing better came.", step=exact(last))
        )
    if drawn.kept is not None:
        chosen = [
            f"{metric_label(key)} {figure(drawn.kept[key])}"
            for key in drawn.metrics[:1]
            if key in drawn.kept
        ]
        chosen.append(t("loss {value}", value=figure(drawn.kept["validation/loss"])))
        told = listed(chosen)
        step = exact(drawn.kept["step"])
        sentences.append(
            t(
                "Kept are the weights of step {step}: on validation {figures}.",
                step=step,
                figures=told,
            )
            if files.counts
            else t("So far step {step} is best: on validation {figures}.", step=step, figures=told)
        )
    return prose(*sentences)


def _draws(files: TuningFiles) -> Html | None:
    if not files.other_draws:
        return None
    told = t(
        "One of {n} draws of few examples; the thin lines are the others.",
        n=len(files.other_draws) + 1,
    )
    return tag("p", told, class_="quiet")


def _facts(files: TuningFiles, drawn: TuningCurves) -> Html:
    """The size of the work, from the manifest, or from the rows while there is none."""
    counts, last = files.counts, drawn.curves.last_train
    facts: list[tuple[str, str]] = []
    if isinstance(counts.get("num_train_examples"), int):
        facts.append((t("training examples"), exact(counts["num_train_examples"])))
    params, trained = counts.get("num_params"), counts.get("num_trained_params")
    if isinstance(params, int):
        facts.append((t("parameters"), short(params)))
        if isinstance(trained, int) and trained < params:
            facts.append((t("of them trained"), f"{short(trained)} ({share(trained / params)})"))
    if last:
        facts.append((t("steps"), exact(last["step"])))
    if drawn.kept is not None:
        facts.append((t("kept step"), exact(drawn.kept["step"])))
    if "train/tokens" in last:
        facts.append((t("tokens trained on"), short(last["train/tokens"])))
    speeds = [
        row["train/tokens_per_s"] for row in files.rows if _is_number(row, "train/tokens_per_s")
    ]
    if speeds:
        facts.append((t("tokens per second"), short(round(median(speeds)))))
    elapsed = counts.get("elapsed_s")
    if isinstance(elapsed, int | float):
        facts.append((t("time"), duration(elapsed)))
    if counts.get("num_resumes"):
        facts.append((t("times resumed"), exact(counts["num_resumes"])))
    entries = [tag("div", tag("dt", label), tag("dd", value)) for label, value in facts]
    return tag("dl", *entries, class_="facts")


def _is_number(row: dict[str, object], key: str) -> bool:
    return isinstance(row.get(key), int | float)


def _validations(drawn: TuningCurves) -> Html | None:
    """The validation points as a table: the chart for those who cannot see it."""
    validations = drawn.curves.validation
    if not validations:
        return None
    every = -(-len(validations) // _MAX_ROWS)
    chosen = validations[::-1][::every][::-1]
    shown = [key for key in drawn.metrics if all(key in row for row in chosen)]
    rows = [
        [exact(row["step"]), *[figure(row[key]) for key in ("validation/loss", *shown)]]
        for row in chosen
    ]
    headings = [t("step"), t("validation loss"), *[metric_label(key) for key in shown]]
    title = t("The validations as a table")
    return disclosure(title, table(headings, rows, label=title, text_columns=0))


def all_curves(pretraining: Curves, tunings: Tunings) -> list[Curves]:
    """Of everything that was trained, in the order of the page."""
    return [pretraining, *(drawn.curves for _, drawn in tunings)]
