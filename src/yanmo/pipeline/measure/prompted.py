"""The stage `prompt/NAME`: a model asked to do a task by words alone, with or without examples.

Figures are means over draws of examples, with intervals over draws and items. Beside baselines the
first draw is compared, item by item.
"""

from __future__ import annotations

from dataclasses import replace

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.device import choose_device
from yanmo.core.messages import t
from yanmo.evaluation.draws import DrawnFigure
from yanmo.evaluation.prompting.predict import (
    PromptedPredictions,
    predict_by_prompt,
    prompted_figures,
)
from yanmo.evaluation.task_report import (
    Figure,
    PredictorScores,
    write_items,
    write_task_report,
)
from yanmo.evaluation.task_table import format_task_report
from yanmo.inference.opened_folder import OpenedFolder
from yanmo.pipeline.finetune.predictions import Predictions
from yanmo.pipeline.measure.measured import (
    Measuring,
    item_rows,
    report_beside_baselines,
)
from yanmo.pipeline.measure.run import subject_of
from yanmo.pipeline.measure.section import MeasureSection, TaskEvaluationConfig
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import Task
from yanmo.tokens.text_codec import load_codec


def run_prompt(context: StageContext, name: str) -> StageResult:
    """Ask the model of `prompt.NAME` for every item of its task.

    Raises:
        ConfigError: the task cannot be put as a prompt, or there are no examples to draw from.
        CheckpointError: the model is missing or damaged.
        DataError: an item has nothing to be measured against.
    """
    section = context.recipe.prompt[name]
    task_name = section.task or name
    task = open_task(task_name, context.recipe.tasks[task_name])
    device = choose_device(section.device)
    subject = subject_of(context.recipe, context.run_dir, section.model, MeasureSection())
    config = TaskEvaluationConfig(split="test" if section.split == "test" else "validation")
    examples = {one.id: one for one in task.examples(section.split)}
    num_items = min(section.max_items or len(examples), len(examples))
    Measuring(context, config, device).record(subject, task, num_items)
    opened = OpenedFolder(load_model(subject.folder, device), load_codec(subject.folder))
    found = predict_by_prompt(opened, task, section, f"prompt.{name}")
    asked = [examples[id] for id in found.ids]
    report, numbers = report_beside_baselines(
        subject,
        task,
        section.split,
        asked,
        found.gold,
        found.draws[0],
        has_baselines=section.has_baselines,
    )
    report = replace(
        report,
        scores=(_over_draws(report.scores[0], task, found), *report.scores[1:]),
        num_tokens_cut=found.counts.tokens_cut or None,
    )
    probabilities = found.probabilities[0] if found.probabilities else None
    main = metrics_of(task.kind, task.target_language)[0]
    rows = item_rows(
        asked,
        found.gold,
        Predictions(found.draws[0], probabilities),
        task.kind,
        main,
        numbers[main.name],
    )
    files = [write_task_report(context.directory, report), write_items(context.directory, rows)]
    context.console.note(
        t(
            "asked with {examples} {examples:example|examples} in the prompt, {draws}"
            " {draws:draw|draws} of them",
            examples=section.num_examples,
            draws=len(found.draws),
        )
    )
    context.console.note(format_task_report(report))
    figure = report.main_figure
    assert figure is not None, "a task that is measured has a metric"
    return StageResult(files, {task.name: {"metric": figure.metric, "value": figure.value}})


def _over_draws(scores: PredictorScores, task: Task, found: PromptedPredictions) -> PredictorScores:
    """Means over draws with their intervals; of a single draw, `scores` with those over items."""
    if len(found.draws) == 1:
        return scores
    figures = tuple(_figure_of(figure, len(found.gold)) for figure in prompted_figures(task, found))
    return replace(scores, figures=figures)


def _figure_of(drawn: DrawnFigure, num_items: int) -> Figure:
    behind = f"mean of {len(drawn.values)} draws, interval over draws and items"
    return Figure(
        metric=drawn.metric,
        value=drawn.mean,
        interval=drawn.interval,
        num_items=num_items,
        signature=f"{drawn.signature}; {behind}",
        is_higher_better=drawn.is_higher_better,
    )
