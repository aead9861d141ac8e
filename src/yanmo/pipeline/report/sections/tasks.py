"""One section for each task that a model was tuned for and measured on.

Comes in: `finetune/*/evaluate/report.json` and what belongs to it, read by `task_files`. Goes out:
sections: figures with intervals beside the baselines, the verdict, classes, noise, leaks, openings
of the test split, other domains, and the items that went wrong.
"""

from __future__ import annotations

from yanmo.core.messages import listed, t
from yanmo.core.page.markup import Html, code, foreign, join, tag
from yanmo.core.page.section import Section, block, disclosure, table
from yanmo.core.page.speaking import prose
from yanmo.evaluation.task_report import ItemRow, TaskReport
from yanmo.evaluation.task_table import (
    draws_sentence,
    predictor_name,
    split_name,
    verdict_sentence,
)
from yanmo.pipeline.report.bars import bar, interval_bar
from yanmo.pipeline.report.numbers import exact, figure, share
from yanmo.pipeline.report.run_files import RunFiles
from yanmo.pipeline.report.sections.robustness import robustness_blocks
from yanmo.pipeline.report.sections.task_classes import class_blocks
from yanmo.pipeline.report.sections.task_trust import (
    contamination_block,
    figure_cell,
    generalisation_block,
    openings_block,
)
from yanmo.pipeline.report.task_files import TaskFiles

_MAX_CHARACTERS = 1_200


def task_sections(run: RunFiles) -> list[Section]:
    """A section for each evaluated task; none where no task was evaluated."""
    return [_section(run, files, number) for number, files in enumerate(run.tasks.tasks, start=1)]


def _section(run: RunFiles, files: TaskFiles, number: int) -> Section:
    report = files.report
    body = join(
        block(_main_title(report), _bars(report), _verdicts(report), _draws(report)),
        block(t("All metrics"), _metrics(report)),
        class_blocks(report.classes, report.confusion, report.calibration),
        robustness_blocks(report.robustness) if report.robustness else None,
        contamination_block(report.contamination) if report.contamination else None,
        openings_block(run.tasks.openings, report.task),
        generalisation_block(report.generalisation) if report.generalisation else None,
        _items(files),
        _conditions(files),
    )
    title = t("Task: {name}", name=files.name)
    return Section(f"task-{number}", title, task_lead(report), body)


def _main_title(report: TaskReport) -> str:
    main = report.main_figure
    if main is None:
        return t("Against the baselines")
    direction = t("higher is better") if main.is_higher_better else t("lower is better")
    return t("{metric} ({direction})", metric=main.metric, direction=direction)


def task_lead(report: TaskReport) -> str:
    """The metric of the task, and whether the model is better than the best baseline."""
    main = report.main_figure
    if main is None or main.value is None:
        return t("The model gave nothing that could be measured.")
    sentence = t(
        "{metric} {value} on {n} items of the {split} split.",
        metric=main.metric,
        value=figure(main.value),
        n=exact(report.num_items),
        split=split_name(report.split),
    )
    best = report.best_baseline
    verdict = next((c.verdict for c in report.comparisons if best and c.other == best.name), None)
    if best is None or verdict is None:
        return sentence
    name = predictor_name(best.name)
    against = {
        "better": t("Better than the best baseline, {name}.", name=name),
        "worse": t("Worse than the best baseline, {name}.", name=name),
        "no difference": t("No certain difference from the best baseline, {name}.", name=name),
    }
    return prose(sentence, against[verdict])


def _bars(report: TaskReport) -> Html:
    """The metric of the task for the model and every baseline, with whiskers."""
    scored = [
        (scores, scores.figures[0])
        for scores in report.scores
        if scores.figures and scores.figures[0].value is not None
    ]
    ends = [end for _, main in scored for end in (main.value or 0.0, *(main.interval or ()))]
    largest = max([*ends, 0.0]) or 1.0
    rows = []
    for scores, main in scored:
        value = main.value or 0.0
        kind = "" if scores.kind == "model" else "pale"
        if main.interval is None:
            drawn = bar(value / largest, kind=kind)
        else:
            low, high = main.interval
            drawn = interval_bar(value, max(low, 0.0), high, largest, kind=kind)
        rows.append(
            tag(
                "div",
                tag("span", foreign(predictor_name(scores.name)), class_="name"),
                drawn,
                tag("span", figure(value), class_="number"),
                class_="score-row",
            )
        )
    return tag("div", *rows, class_="scores") if rows else Html("")


def _verdicts(report: TaskReport) -> Html | None:
    lines = [tag("li", verdict_sentence(each)) for each in report.comparisons]
    return tag("ul", *lines, class_="remarks") if lines else None


def _draws(report: TaskReport) -> Html | None:
    return None if report.draws is None else tag("p", draws_sentence(report.draws))


def _metrics(report: TaskReport) -> Html | None:
    """Every metric, a row each, of every predictor, and what each figure depends on."""
    named = [each.metric for each in report.scores[0].figures] if report.scores else []
    if not named:
        return None
    figures = [{each.metric: each for each in scores.figures} for scores in report.scores]
    rows = [[name, *(figure_cell(by_name.get(name)) for by_name in figures)] for name in named]
    predictors = [foreign(predictor_name(scores.name)) for scores in report.scores]
    signatures = [
        tag("li", code(each.metric), " ", foreign(each.signature))
        for each in report.scores[0].figures
        if each.signature
    ]
    return join(
        table([t("metric"), *predictors], rows, label=t("All metrics")),
        disclosure(t("What the figures depend on"), tag("ul", *signatures, class_="remarks"))
        if signatures
        else None,
    )


def _items(files: TaskFiles) -> Html | None:
    """The first wrong items to unfold."""
    if not files.wrong:
        return None
    if files.num_wrong is None:
        title = t("The {n} items with the lowest scores", n=len(files.wrong))
    elif files.num_wrong > len(files.wrong):
        title = t(
            "The first {n} of {total} wrong items",
            n=len(files.wrong),
            total=exact(files.num_wrong),
        )
    else:
        title = t("Wrong items: {n}", n=files.num_wrong)
    return disclosure(title, tag("div", *[_item(row) for row in files.wrong]))


def _item(row: ItemRow) -> Html:
    facts = [
        (t("right"), row.gold),
        (t("said"), row.predicted),
        (t("confidence"), None if row.confidence is None else share(row.confidence)),
        (t("score"), None if row.score is None or row.is_right is not None else figure(row.score)),
        (t("leak"), t("in the training text") if row.is_dirty else None),
    ]
    shown = [
        tag("span", tag("small", name), " ", foreign(_cut(value)))
        for name, value in facts
        if value is not None
    ]
    return tag(
        "div",
        tag("p", code(row.id), *[part for each in shown for part in (" ", each)], class_="verdict"),
        tag("p", _cut(row.text), class_="text", dir="auto"),
        class_="example item",
    )


def _cut(text: str) -> str:
    return text[:_MAX_CHARACTERS] + ("…" if len(text) > _MAX_CHARACTERS else "")


def _conditions(files: TaskFiles) -> Html:
    """What was measured, and what of the texts the model did not see."""
    report = files.report
    sentences = [
        t("From {place}; model {model}.", place=files.place, model=report.model),
    ]
    if report.trained_on:
        sentences.append(t("Trained on {name}.", name=listed(report.trained_on.split(", "))))
    if report.num_truncated:
        sentences.append(
            t(
                "{texts} texts were too long for the model; {tokens} tokens of them were cut off.",
                texts=exact(report.num_truncated),
                tokens=exact(report.num_tokens_cut or 0),
            )
        )
    elif report.num_truncated == 0:
        sentences.append(t("No text was cut."))
    return tag("p", prose(*sentences), class_="quiet")
