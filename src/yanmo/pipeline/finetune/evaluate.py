"""The stage `finetune/NAME/evaluate`: a tuned model on a split that it was not chosen by.

Figures with intervals, beside what a sceptic would ask for; what is written is `report.json` and
`items.parquet`, one pair for each task of the section.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.device import choose_device
from yanmo.core.files import sha256_of_json
from yanmo.core.manifest import MANIFEST_NAME, read_manifest
from yanmo.core.messages import t
from yanmo.corpus.document import read_documents
from yanmo.evaluation.baselines.of_task import baseline_predictions
from yanmo.evaluation.contamination import FoundPassages, clean_and_dirty_scores
from yanmo.evaluation.openings import opening_warning, record_opening
from yanmo.evaluation.report_parts import (
    calibration_of,
    classes_and_confusion,
    comparison_of,
    predictor_scores,
)
from yanmo.evaluation.significance import compare
from yanmo.evaluation.task_report import ItemRow, TaskReport, write_items, write_task_report
from yanmo.finetuning.config import PRETRAINED
from yanmo.pipeline.contamination import find_in_texts, texts_to_find
from yanmo.pipeline.finetune.begin import base_folder
from yanmo.pipeline.finetune.opened import Predict, open_tuned, readable
from yanmo.pipeline.finetune.predictions import Predictions
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.noisy_examples import examine_robustness
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.example import Example
from yanmo.tasks.metrics.classification import table_of_classes
from yanmo.tasks.metrics.metric import Metric, SummedMetric
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of
from yanmo.tasks.task import Task

Numbers = Mapping[str, NDArray[np.float64]]


def run_evaluate_task(context: StageContext, name: str) -> StageResult:
    """Measure the model of `finetune/NAME` on every task that it has learned.

    Raises:
        CheckpointError: the model is missing or damaged.
        DataError: the split is missing or a row of it is wrong.
    """
    section = context.recipe.finetune[name]
    names = section.task_names(name)
    files = []
    counts: dict[str, Any] = {}
    for task_name in names:
        task = open_task(task_name, context.recipe.tasks[task_name])
        directory = context.directory / task_name if len(names) > 1 else context.directory
        directory.mkdir(exist_ok=True)
        report, rows = _evaluate(context, section, name, task)
        files += [write_task_report(directory, report), write_items(directory, rows)]
        figure = report.main_figure
        assert figure is not None, "a task that is measured has a metric"
        counts[task_name] = {"metric": figure.metric, "value": figure.value}
        context.console.note(describe_report(report))
    return StageResult(files, counts)


def _evaluate(
    context: StageContext, section: FinetuneSection, name: str, task: Task
) -> tuple[TaskReport, list[ItemRow]]:
    config = section.evaluate
    manifest = read_manifest(context.run_dir / "finetune" / name)
    model_hash = "" if manifest is None else manifest.content_hash
    examples = task.examples(config.split)[: config.max_examples]
    if config.split == "test":
        log = record_opening(
            context.run_dir,
            task=task.name,
            num_items=len(examples),
            model=f"finetune/{name}/model",
            model_hash=model_hash,
            config_hash=sha256_of_json(config.model_dump(mode="json")),
            what=f"finetune/{name}/evaluate",
        )
        warning = opening_warning(log, task.name)
        if warning is not None:
            context.console.warn(warning)
    folder = context.run_dir / "finetune" / name / "model"
    base = base_folder(section, context.run_dir)
    predict = open_tuned(folder, section, task, choose_device(section.device), base)
    found = predict(examples)
    gold = [gold_of(example) for example in examples]
    metrics = metrics_of(task.kind, task.target_language)
    others = baseline_predictions(task, examples) if config.has_baselines else {}
    numbers: dict[str, Numbers] = {
        who: {metric.name: metric.items(gold, items) for metric in metrics}
        for who, items in {"model": found.items, **others}.items()
    }
    main = metrics[0]
    report = TaskReport(
        task=task.name,
        kind=task.kind,
        language=task.language,
        split=config.split,
        num_items=len(examples),
        model=f"finetune/{name}/model",
        model_hash=model_hash,
        scores=tuple(
            predictor_scores(who, "model" if who == "model" else "baseline", metrics, own)
            for who, own in numbers.items()
        ),
        comparisons=tuple(
            comparison_of(compare(main, numbers["model"][main.name], own[main.name]), "model", who)
            for who, own in numbers.items()
            if who != "model"
        ),
        trained_on=", ".join(section.task_names(name)),
        num_truncated=None if found.counts is None else found.counts.num_cut_texts,
        num_tokens_cut=None if found.counts is None else found.counts.num_cut_tokens,
    )
    if task.kind == "classification":
        report = _with_classes(report, task, gold, found)
    passages = _passages(context, section, task, examples) if config.has_contamination else None
    if passages is not None:
        ids = [example.id for example in examples]
        contamination = clean_and_dirty_scores(passages, metrics, numbers["model"], ids)
        report = replace(report, contamination=contamination)
    if config.robustness is not None:
        context.console.note(t("measuring under noise"))
        report = _with_robustness(report, section, task, examples, gold, main, predict)
    rows = _rows_of(examples, gold, found, main, numbers["model"][main.name])
    if passages is not None:
        is_dirty = passages.is_dirty()
        rows = [
            replace(row, is_dirty=bool(dirty)) for row, dirty in zip(rows, is_dirty, strict=True)
        ]
    return report, rows


def _passages(
    context: StageContext, section: FinetuneSection, task: Task, examples: Sequence[Example]
) -> FoundPassages | None:
    """What was learned from holds of the examples; None where they have no text to look for."""
    items = [texts_to_find(example) for example in examples]
    if not any(items):
        return None
    names = [f"tasks/{task.name}/train"]
    learned: Iterator[str] = (
        text for example in task.examples("train") for text in texts_to_find(example)
    )
    corpus_dir = context.run_dir / "corpus"
    if section.init_from == PRETRAINED and (corpus_dir / MANIFEST_NAME).is_file():
        names.append("corpus")
        learned = chain(learned, _corpus_texts(corpus_dir))
    return find_in_texts(items, learned, name=" + ".join(names))


def _corpus_texts(corpus_dir: Path) -> Iterator[str]:
    for batch in read_documents(corpus_dir, split="train", columns=["text"]):
        yield from batch.column("text").to_pylist()


def _with_robustness(
    report: TaskReport,
    section: FinetuneSection,
    task: Task,
    examples: Sequence[Example],
    gold: Sequence[Any],
    metric: Metric,
    predict: Predict,
) -> TaskReport:
    config = section.evaluate.robustness
    assert config is not None, "asked by the caller"
    robustness = examine_robustness(
        predict,
        examples,
        gold,
        metric,
        kind=task.kind,
        language=task.language,
        labels=task.labels if task.kind == "classification" else (),
        strengths=config.strengths,
        max_items=config.max_examples,
        max_flip_items=config.max_flip_examples,
        seed=section.seed,
    )
    return replace(report, robustness=robustness)


def _with_classes(
    report: TaskReport, task: Task, gold: Sequence[Any], found: Predictions
) -> TaskReport:
    table = table_of_classes(gold, found.items)
    classes, confusion = classes_and_confusion(table)
    calibration = None
    if found.probabilities is not None:
        calibration = calibration_of(gold, found.probabilities, task.labels)
    return replace(report, classes=classes, confusion=confusion, calibration=calibration)


def _rows_of(
    examples: Sequence[Example],
    gold: Sequence[Any],
    found: Predictions,
    metric: Metric,
    numbers: NDArray[np.float64],
) -> list[ItemRow]:
    alone = metric.figure(numbers) if isinstance(metric, SummedMetric) else None
    rows = []
    for place, (example, right, said) in enumerate(zip(examples, gold, found.items, strict=True)):
        texts = readable(example, right, said)
        score = None if alone is None or not np.isfinite(alone[place]) else float(alone[place])
        confidence = None
        if found.probabilities is not None:
            confidence = float(found.probabilities[place].max())
        rows.append(
            ItemRow(
                id=example.id,
                text=texts.text,
                gold=texts.gold,
                predicted=texts.predicted,
                score=score,
                is_right=None if right is None else bool(said == right),
                confidence=confidence,
            )
        )
    return rows


def describe_report(report: TaskReport) -> str:
    """The main figure of a report beside its best baseline, as one line."""
    figure = report.main_figure
    assert figure is not None and figure.value is not None, "a report has a figure"
    interval = ""
    if figure.interval is not None:
        interval = f" [{figure.interval[0]:.4f}, {figure.interval[1]:.4f}]"
    said = t(
        "{task}, {split}: {metric} {value:.4f}{interval} on {items:,} {items:example|examples}",
        task=report.task,
        split=report.split,
        metric=figure.metric,
        value=figure.value,
        interval=interval,
        items=report.num_items,
    )
    best = report.best_baseline
    if best is None or best.figures[0].value is None:
        return said
    verdict = next(one.verdict for one in report.comparisons if one.other == best.name)
    words = {
        "better": t("better than"),
        "worse": t("worse than"),
        "no difference": t("no certain difference from"),
    }
    return f"{said}; {words[verdict]} {best.name} {best.figures[0].value:.4f}"
