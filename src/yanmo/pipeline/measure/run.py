"""The stages that measure: `finetune/NAME/evaluate`, and `measure/NAME`, any model on any task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from yanmo.core.device import choose_device
from yanmo.core.errors import ConfigError
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import listed, t
from yanmo.evaluation.generalisation import (
    TestSet,
    TrainedPredictor,
    format_generalisation,
    measure_generalisation,
)
from yanmo.evaluation.task_report import (
    Generalisation,
    ItemRow,
    TaskReport,
    write_items,
    write_task_report,
)
from yanmo.evaluation.task_table import format_task_report
from yanmo.finetuning.config import PRETRAINED, SCRATCH
from yanmo.pipeline.finetune.begin import base_folder
from yanmo.pipeline.finetune.predictions import known_gold
from yanmo.pipeline.measure.draws import with_draws
from yanmo.pipeline.measure.measured import Measuring, measure_on_task
from yanmo.pipeline.measure.opened import Predict, Subject, open_subject
from yanmo.pipeline.measure.section import MeasureSection
from yanmo.pipeline.model_fingerprint import fingerprint_model
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.example import Example
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import Task, TaskKind

FINETUNE = "finetune/"


def run_evaluate_task(context: StageContext, name: str) -> StageResult:
    """Measure the model of `finetune/NAME` on every task that it has learned.

    Raises:
        CheckpointError: the model is missing or damaged.
        DataError: the split is missing or a row of it is wrong.
    """
    section = context.recipe.finetune[name]
    device = choose_device(section.device)
    measuring = Measuring(context, section.evaluate, device, section.seed)
    subject = subject_of(context.recipe, context.run_dir, f"{FINETUNE}{name}")
    found = []
    for task_name in section.task_names(name):
        task = open_task(task_name, context.recipe.tasks[task_name])
        report, rows = measure_on_task(measuring, subject, task)
        if section.few_shot is not None:
            report = with_draws(report, measuring, subject, task, section.few_shot)
        found.append((report, rows))
    return _written(context, found)


def run_measure(context: StageContext, name: str) -> StageResult:
    """Measure the models of `measure.NAME` on its tasks.

    Raises:
        ConfigError: tasks of several kinds cannot stand in one matrix, or a model cannot do one.
        CheckpointError: a model is missing or damaged.
        DataError: the split is missing or a row of it is wrong.
    """
    section = context.recipe.measure[name]
    measuring = Measuring(context, section, choose_device(section.device))
    tasks = [open_task(task, context.recipe.tasks[task]) for task in section.task_names(name)]
    subject = subject_of(context.recipe, context.run_dir, section.model, section)
    found = [measure_on_task(measuring, subject, task) for task in tasks]
    if section.others:
        others = {
            other: subject_of(context.recipe, context.run_dir, model, section)
            for other, model in section.others.items()
        }
        matrix = _matrix(measuring, {section.model: subject, **others}, tasks)
        context.console.note(format_generalisation(matrix))
        report, rows = found[0]
        found[0] = (replace(report, generalisation=matrix), rows)
    return _written(context, found)


def subject_of(
    recipe: Recipe, run_dir: Path, model: str, section: MeasureSection | None = None
) -> Subject:
    """The model that a section names: `pretrain`, `finetune/NAME` or a folder."""
    if model.startswith(FINETUNE) and model.removeprefix(FINETUNE) in recipe.finetune:
        name = model.removeprefix(FINETUNE)
        tuned = recipe.finetune[name]
        manifest = read_manifest(run_dir / model)
        return Subject(
            folder=run_dir / model / "model",
            place=f"{model}/model",
            content_hash="" if manifest is None else manifest.content_hash,
            length=tuned.length if section is None else section.length,
            preference=tuned.preference,
            base=None if tuned.init_from == SCRATCH else base_folder(tuned, run_dir),
            trained_on=tuple(tuned.task_names(name)),
            has_read_corpus=_has_read_corpus(recipe, name),
        )
    length = section.length if section is not None else MeasureSection().length
    if model == PRETRAINED:
        manifest = read_manifest(run_dir / PRETRAINED)
        return Subject(
            folder=run_dir / PRETRAINED / "model",
            place=f"{PRETRAINED}/model",
            content_hash="" if manifest is None else manifest.content_hash,
            length=length,
            has_read_corpus=True,
        )
    folder = Path(model).expanduser()
    return Subject(folder, model, fingerprint_model(folder, "measure.model"), length)


def _has_read_corpus(recipe: Recipe, name: str) -> bool:
    """Whether the model that a fine-tuning goes back to was trained from the run's corpus."""
    base = recipe.finetune[name].init_from
    if base.startswith(FINETUNE):
        return _has_read_corpus(recipe, base.removeprefix(FINETUNE))
    return base == PRETRAINED


def require_one_kind(tasks: Sequence[tuple[str, TaskKind, str]]) -> None:
    """Refuse tasks that share no metric.

    Args:
        tasks: name, kind and language of the targets of each.

    Raises:
        ConfigError: they are of several kinds.
    """
    kinds = {(kind, language if kind == "translation" else "") for _, kind, language in tasks}
    if len(kinds) > 1:
        raise ConfigError(
            t("a matrix of models and tasks has one metric, and these tasks are of several kinds"),
            why=listed(f"{name}: {kind}" for name, kind, _ in tasks),
            hint=t("Give each kind a section [measure.NAME] of its own."),
        )


def _items(predict: Predict, examples: Sequence[Example]) -> Sequence[Any]:
    return predict(examples).items


def _matrix(
    measuring: Measuring, subjects: Mapping[str, Subject], tasks: Sequence[Task]
) -> Generalisation:
    require_one_kind([(task.name, task.kind, task.target_language) for task in tasks])
    metric = metrics_of(tasks[0].kind, tasks[0].target_language)[0]
    config = measuring.config
    sets = {}
    for task in tasks:
        examples = task.examples(config.split)[: config.max_examples]
        sets[task.name] = TestSet(examples, known_gold(examples))
    models = {}
    for name, subject in subjects.items():
        predict = open_subject(subject, tasks[0], config, measuring.device)
        home = next((task.name for task in tasks if task.name in subject.trained_on), None)
        models[name] = TrainedPredictor(partial(_items, predict), home)
    for subject in [*subjects.values()][1:]:
        for task in tasks:
            measuring.record(subject, task, len(sets[task.name].gold))
    return measure_generalisation(models, sets, metric)


def _written(
    context: StageContext, found: Sequence[tuple[TaskReport, list[ItemRow]]]
) -> StageResult:
    """Write the reports, in folders of their own where there are several."""
    files: list[Path] = []
    counts: dict[str, Any] = {}
    for report, rows in found:
        directory = context.directory / report.task if len(found) > 1 else context.directory
        directory.mkdir(exist_ok=True)
        files += [write_task_report(directory, report), write_items(directory, rows)]
        figure = report.main_figure
        assert figure is not None, "a task that is measured has a metric"
        counts[report.task] = {"metric": figure.metric, "value": figure.value}
        context.console.note(format_task_report(report))
    return StageResult(files, counts)
