"""One model on one task: predictions, figures with intervals, and what a sceptic would ask for.

In: a model, a task, which of its examples. Out: a report and a row for each example. Every opening
of a test split is recorded before it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from yanmo.core.files import sha256_of_json
from yanmo.core.manifest import MANIFEST_NAME
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
from yanmo.evaluation.task_report import ItemRow, TaskReport
from yanmo.pipeline.contamination import find_in_texts, texts_to_find
from yanmo.pipeline.finetune.predictions import Predictions, known_gold
from yanmo.pipeline.measure.opened import Predict, Subject, open_subject, readable
from yanmo.pipeline.measure.section import TaskEvaluationConfig
from yanmo.pipeline.noisy_examples import examine_robustness
from yanmo.pipeline.stage import StageContext
from yanmo.tasks.example import Example
from yanmo.tasks.metrics.classification import table_of_classes
from yanmo.tasks.metrics.metric import Metric, SummedMetric
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import Split, Task, TaskKind

Numbers = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Measuring:
    """Where and how models are measured.

    Attributes:
        context: the stage that measures.
        config: which examples, beside what.
        device: where models go.
        seed: of noise.
    """

    context: StageContext
    config: TaskEvaluationConfig
    device: torch.device
    seed: int = 0

    def record(self, subject: Subject, task: Task, num_items: int) -> None:
        """Note in the run that a test split is opened, and warn where a model was chosen by it."""
        if self.config.split != "test":
            return
        log = record_opening(
            self.context.run_dir,
            task=task.name,
            num_items=num_items,
            model=subject.place,
            model_hash=subject.content_hash,
            config_hash=sha256_of_json(self.config.model_dump(mode="json")),
            what=self.context.directory.relative_to(self.context.run_dir).as_posix(),
        )
        warning = opening_warning(log, task.name)
        if warning is not None:
            self.context.console.warn(warning)


def measure_on_task(
    measuring: Measuring, subject: Subject, task: Task
) -> tuple[TaskReport, list[ItemRow]]:
    """The report of a model on a task, and a row for each example.

    Raises:
        CheckpointError: the model is missing or damaged.
        DataError: the split is missing or a row of it is wrong.
    """
    config = measuring.config
    examples = task.examples(config.split)[: config.max_examples]
    gold = known_gold(examples)
    measuring.record(subject, task, len(examples))
    predict = open_subject(subject, task, config, measuring.device)
    found = predict(examples)
    metrics = metrics_of(task.kind, task.target_language)
    main = metrics[0]
    report, numbers = report_beside_baselines(
        subject, task, config.split, examples, gold, found.items, has_baselines=config.has_baselines
    )
    report = replace(
        report,
        num_truncated=None if found.counts is None else found.counts.num_cut_texts,
        num_tokens_cut=None if found.counts is None else found.counts.num_cut_tokens,
    )
    if task.kind == "classification":
        report = _with_classes(report, task, gold, found)
    passages = None
    if config.has_contamination:
        passages = _passages(measuring.context.run_dir, subject, task, examples)
    if passages is not None:
        ids = [example.id for example in examples]
        contamination = clean_and_dirty_scores(passages, metrics, numbers, ids)
        report = replace(report, contamination=contamination)
    if config.robustness is not None:
        measuring.context.console.note(t("measuring under noise"))
        report = _with_robustness(report, measuring, task, examples, gold, main, predict)
    rows = item_rows(examples, gold, found, task.kind, main, numbers[main.name])
    if passages is not None:
        is_dirty = passages.is_dirty()
        rows = [
            replace(row, is_dirty=bool(dirty)) for row, dirty in zip(rows, is_dirty, strict=True)
        ]
    return report, rows


def report_beside_baselines(
    subject: Subject,
    task: Task,
    split: Split,
    examples: Sequence[Example],
    gold: Sequence[Any],
    predicted: Sequence[Any],
    *,
    has_baselines: bool,
) -> tuple[TaskReport, Numbers]:
    """What predictions are worth beside baselines, and the model's numbers for each item.

    Args:
        subject: who predicted.
        split: which part of the task `examples` are of.
        gold, predicted: as the metrics of the task read them, in the order of `examples`.
    """
    metrics = metrics_of(task.kind, task.target_language)
    main = metrics[0]
    others = baseline_predictions(task, examples) if has_baselines else {}
    model, *baselines = (
        (who, {metric.name: metric.items(gold, items) for metric in metrics})
        for who, items in {"model": predicted, **others}.items()
    )
    report = TaskReport(
        task=task.name,
        kind=task.kind,
        language=task.language,
        split=split,
        num_items=len(examples),
        model=subject.place,
        model_hash=subject.content_hash,
        scores=(
            predictor_scores("model", "model", metrics, model[1]),
            *(predictor_scores(who, "baseline", metrics, own) for who, own in baselines),
        ),
        comparisons=tuple(
            comparison_of(compare(main, model[1][main.name], own[main.name]), "model", who)
            for who, own in baselines
        ),
        trained_on=", ".join(subject.trained_on) or None,
    )
    return report, model[1]


def _passages(
    run_dir: Path, subject: Subject, task: Task, examples: Sequence[Example]
) -> FoundPassages | None:
    """What was learned from holds of the examples; None where nothing is known of it, or they have
    no text to look for."""
    items = [texts_to_find(example) for example in examples]
    names: list[str] = []
    learned: Iterator[str] = iter(())
    if "train" in task.splits:
        names.append(f"tasks/{task.name}/train")
        learned = (text for example in task.examples("train") for text in texts_to_find(example))
    corpus_dir = run_dir / "corpus"
    if subject.has_read_corpus and (corpus_dir / MANIFEST_NAME).is_file():
        names.append("corpus")
        learned = chain(learned, _corpus_texts(corpus_dir))
    if not names or not any(items):
        return None
    return find_in_texts(items, learned, name=" + ".join(names))


def _corpus_texts(corpus_dir: Path) -> Iterator[str]:
    for batch in read_documents(corpus_dir, split="train", columns=["text"]):
        yield from batch.column("text").to_pylist()


def _with_robustness(
    report: TaskReport,
    measuring: Measuring,
    task: Task,
    examples: Sequence[Example],
    gold: Sequence[Any],
    metric: Metric,
    predict: Predict,
) -> TaskReport:
    config = measuring.config.robustness
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
        seed=measuring.seed,
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


def item_rows(
    examples: Sequence[Example],
    gold: Sequence[Any],
    found: Predictions,
    kind: TaskKind,
    metric: Metric,
    numbers: NDArray[np.float64],
) -> list[ItemRow]:
    """What each item says, what was said of it, and how right that is.

    Args:
        examples: of the split, one for each item.
        gold: what is right, D items.
        found: what the model said, D items.
        kind: of the task.
        metric: the main one of the task.
        numbers: its statistics of each item, (D, Q).

    Returns:
        D rows; the score is None where the metric says nothing about one item alone.
    """
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
                is_right=is_right(kind, right, said, score),
                confidence=confidence,
            )
        )
    return rows


def is_right(kind: TaskKind, gold: Any, predicted: Any, score: float | None) -> bool | None:
    """Whether a prediction is right; None where that is no matter of yes or no."""
    if gold is None or kind not in ("classification", "entities", "choices", "questions"):
        return None
    return score == 1.0 if kind == "questions" else bool(predicted == gold)
