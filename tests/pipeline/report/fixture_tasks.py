"""Writes what the evaluation of a tuned task leaves in a run, measured on made-up predictions.

Comes in: the directory of a run and a language. Goes out: `finetune/TASK/evaluate/` with every part
that a report can have, and openings of its test split. The predictions are drawn; every figure is
measured on them by the functions that measure a real model.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.augmentation.operators import perturbations_for
from yanmo.evaluation.contamination import FoundPassages, clean_and_dirty_scores
from yanmo.evaluation.generalisation import TestSet, TrainedPredictor, measure_generalisation
from yanmo.evaluation.openings import record_opening
from yanmo.evaluation.report_parts import (
    calibration_of,
    classes_and_confusion,
    comparison_of,
    predictor_scores,
)
from yanmo.evaluation.significance import compare
from yanmo.evaluation.task_report import ItemRow, TaskReport, write_items, write_task_report
from yanmo.pipeline.noisy_examples import examine_robustness
from yanmo.tasks.example import Example, TextExample
from yanmo.tasks.metrics.classification import averaged, table_of_classes
from yanmo.tasks.metrics.mean import accuracy

_WRITTEN = {
    "en": {
        "good": "wonderful warm funny honest bright lovely",
        "bad": "dull tired hollow noisy clumsy grim",
        "mixed": "uneven odd long plain strange quiet",
        "rest": "the film is a story of two friends who grind ink by the river at night",
    },
    "zh": {
        "好评": "精彩 温暖 风趣 真诚 明亮 可爱",
        "差评": "沉闷 疲惫 空洞 吵闹 笨拙 阴暗",
        "中评": "参差 古怪 冗长 平淡 奇特 安静",
        "rest": "这部 电影 讲述 两个 朋友 夜里 在 河边 研墨 的 故事",
    },
}
WORDS = {
    language: {name: line.split() for name, line in lines.items()}
    for language, lines in _WRITTEN.items()
}


@dataclass(frozen=True)
class Said:
    """Predictions as `examine_robustness` takes them."""

    items: Sequence[str]
    probabilities: NDArray[np.float64]


class WordReader:
    """Knows the words of each class; says the class of most of them, and is too sure of it."""

    def __init__(self, language: Literal["en", "zh"], known: int = 6) -> None:
        words = WORDS[language]
        self.labels = tuple(name for name in words if name != "rest")
        self._known = {name: words[name][:known] for name in self.labels}

    def __call__(self, examples: Sequence[Example]) -> Said:
        texts = [one.text for one in examples if isinstance(one, TextExample)]
        counts = np.array(
            [[sum(w in text for w in self._known[name]) for name in self.labels] for text in texts],
            dtype=np.float64,
        )
        weights = np.exp(1.6 * counts + 0.1 * np.arange(len(self.labels)))
        probs = weights / weights.sum(axis=1, keepdims=True)
        return Said([self.labels[place] for place in probs.argmax(axis=1)], probs)


def examples_of(language: Literal["en", "zh"], number: int) -> list[TextExample]:
    """Texts with a class each; now and then a word of another class."""
    chance = random.Random(5)
    words = WORDS[language]
    labels = [name for name in words if name != "rest"]
    joiner = " " if language == "en" else ""
    examples = []
    for place in range(number):
        label = chance.choices(labels, (5, 4, 2))[0]
        text = list(words["rest"])
        for _ in range(chance.choice((1, 2, 2, 3))):
            kind = label if chance.random() < 0.8 else chance.choice(labels)
            text.insert(chance.randrange(len(text)), chance.choice(words[kind]))
        examples.append(TextExample(f"test.tsv, row {place + 1}", joiner.join(text), None, label))
    return examples


def write_task(
    run_dir: Path, language: Literal["en", "zh"] = "en", *, name: str | None = None
) -> TaskReport:
    """Write the evaluation of one task into the run and return its report."""
    report, rows = measured(language, name or {"en": "reviews", "zh": "影评"}[language])
    directory = run_dir / "finetune" / report.task / "evaluate"
    directory.mkdir(parents=True)
    write_task_report(directory, report)
    write_items(directory, rows)
    for model_hash in ("ab12" * 16, "ab12" * 16, "cd34" * 16):
        record_opening(
            run_dir,
            task=report.task,
            num_items=report.num_items,
            model=report.model,
            model_hash=model_hash,
            config_hash="00ff" * 16,
        )
    return report


@lru_cache(maxsize=4)
def measured(language: Literal["en", "zh"], name: str) -> tuple[TaskReport, list[ItemRow]]:
    """The report of a task with every part that there is, and the rows of its items."""
    examples = examples_of(language, 240)
    gold = [str(example.label) for example in examples]
    model, weak = WordReader(language), WordReader(language, known=2)
    said = model(examples)
    predicted = {
        "model": said.items,
        "majority class": [max(set(gold), key=gold.count)] * len(gold),
        "TF-IDF + logistic regression": weak(examples).items,
    }
    metrics = (accuracy(), averaged("f1", "macro"), averaged("precision", "macro"))
    numbers = {
        who: {metric.name: metric.items(gold, items) for metric in metrics}
        for who, items in predicted.items()
    }
    classes, confusion = classes_and_confusion(table_of_classes(gold, said.items))
    chance = np.random.default_rng(2)
    passages = chance.integers(0, 9, len(gold))
    found = FoundPassages(
        "corpus", 12_345, 8, 14, passages, passages * (chance.random(len(gold)) < 0.1)
    )
    report = TaskReport(
        task=name,
        kind="classification",
        language=language,
        split="test",
        num_items=len(gold),
        model=f"finetune/{name}/model",
        model_hash="ab12" * 16,
        scores=tuple(
            predictor_scores(who, "model" if who == "model" else "baseline", metrics, own)
            for who, own in numbers.items()
        ),
        comparisons=tuple(
            comparison_of(
                compare(metrics[0], numbers["model"]["accuracy"], own["accuracy"]), "model", who
            )
            for who, own in numbers.items()
            if who != "model"
        ),
        trained_on=name,
        num_truncated=3,
        num_tokens_cut=417,
        classes=classes,
        confusion=confusion,
        calibration=calibration_of(gold, said.probabilities, model.labels),
        robustness=examine_robustness(
            model,
            examples,
            gold,
            metrics[0],
            kind="classification",
            language=language,
            labels=model.labels,
            max_items=150,
            max_flip_items=20,
        ),
        contamination=clean_and_dirty_scores(
            found, metrics, numbers["model"], [example.id for example in examples]
        ),
        generalisation=measure_generalisation(
            {
                name: TrainedPredictor(lambda some: model(some).items, home=name),
                "other": TrainedPredictor(lambda some: weak(some).items, home="other"),
            },
            {name: TestSet(examples, gold), "other": TestSet(examples[:80], gold[:80])},
            metrics[0],
        ),
        num_openings=3,
    )
    assert report.robustness is not None
    curves = [curve.perturbation for curve in report.robustness.curves]
    assert curves == list(perturbations_for(language))
    return report, _rows(examples, said, found)


def _rows(examples: Sequence[TextExample], said: Said, found: FoundPassages) -> list[ItemRow]:
    is_dirty = found.is_dirty()
    return [
        ItemRow(
            id=example.id,
            text=example.text,
            gold=str(example.label),
            predicted=item,
            is_right=item == example.label,
            confidence=float(said.probabilities[place].max()),
            is_dirty=bool(is_dirty[place]),
        )
        for place, (example, item) in enumerate(zip(examples, said.items, strict=True))
    ]
