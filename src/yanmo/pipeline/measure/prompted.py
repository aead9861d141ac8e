"""The stage `prompt/NAME`: a model asked to do a task by words alone, with or without examples.

Figures are means over draws of examples. Beside baselines the first draw is compared, item by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.device import choose_device
from yanmo.core.messages import t
from yanmo.evaluation.baselines.of_task import baseline_predictions
from yanmo.evaluation.draws import DrawnFigure
from yanmo.evaluation.prompting.predict import (
    PromptedPredictions,
    predict_by_prompt,
    prompted_figures,
)
from yanmo.evaluation.report_parts import comparison_of, predictor_scores
from yanmo.evaluation.significance import compare
from yanmo.evaluation.task_report import (
    Figure,
    ItemRow,
    PredictorScores,
    TaskReport,
    write_items,
    write_task_report,
)
from yanmo.evaluation.task_table import format_task_report
from yanmo.inference.opened_folder import OpenedFolder
from yanmo.pipeline.measure.measured import Measuring, is_right
from yanmo.pipeline.measure.opened import readable
from yanmo.pipeline.measure.run import subject_of
from yanmo.pipeline.measure.section import MeasureSection, TaskEvaluationConfig
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.metrics.metric import Metric, SummedMetric
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
    found = predict_by_prompt(opened, task, section)
    metrics = metrics_of(task.kind, task.target_language)
    asked = [examples[id] for id in found.ids]
    others = baseline_predictions(task, asked) if section.has_baselines else {}
    numbers = {
        who: {metric.name: metric.items(found.gold, items) for metric in metrics}
        for who, items in {"model": found.draws[0], **others}.items()
    }
    main = metrics[0]
    report = TaskReport(
        task=task.name,
        kind=task.kind,
        language=task.language,
        split=section.split,
        num_items=len(asked),
        model=subject.place,
        model_hash=subject.content_hash,
        scores=(
            _scores_of(task, found, metrics, numbers["model"]),
            *(
                predictor_scores(who, "baseline", metrics, own)
                for who, own in numbers.items()
                if who != "model"
            ),
        ),
        comparisons=tuple(
            comparison_of(compare(main, numbers["model"][main.name], own[main.name]), "model", who)
            for who, own in numbers.items()
            if who != "model"
        ),
        num_tokens_cut=found.counts.tokens_cut or None,
    )
    rows = _rows_of(asked, found, task, main, numbers["model"][main.name])
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


def _scores_of(
    task: Task,
    found: PromptedPredictions,
    metrics: Sequence[Metric],
    numbers: dict[str, NDArray[np.float64]],
) -> PredictorScores:
    """Means over draws with their intervals; of a single draw, intervals over items."""
    if len(found.draws) == 1:
        return predictor_scores("model", "model", metrics, numbers)
    figures = tuple(_figure_of(figure, len(found.gold)) for figure in prompted_figures(task, found))
    return PredictorScores("model", "model", figures)


def _figure_of(drawn: DrawnFigure, num_items: int) -> Figure:
    return Figure(
        metric=drawn.metric,
        value=drawn.mean,
        interval=drawn.interval,
        num_items=num_items,
        signature=f"{drawn.signature}; mean of {len(drawn.values)} draws, interval over draws",
        is_higher_better=drawn.is_higher_better,
    )


def _rows_of(
    asked: Sequence[Any],
    found: PromptedPredictions,
    task: Task,
    metric: Metric,
    numbers: NDArray[np.float64],
) -> list[ItemRow]:
    alone = metric.figure(numbers) if isinstance(metric, SummedMetric) else None
    rows = []
    for place, (example, right, said) in enumerate(
        zip(asked, found.gold, found.draws[0], strict=True)
    ):
        texts = readable(example, right, said)
        score = None if alone is None or not np.isfinite(alone[place]) else float(alone[place])
        confidence = None
        if found.probabilities:
            confidence = float(found.probabilities[0][place].max())
        rows.append(
            ItemRow(
                id=example.id,
                text=texts.text,
                gold=texts.gold,
                predicted=texts.predicted,
                score=score,
                is_right=is_right(task.kind, right, said, score),
                confidence=confidence,
            )
        )
    return rows
