"""What a sceptic would ask for beside a tuned model, by the kind of task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanmo.evaluation.baselines.tfidf import fit_tfidf_classifier
from yanmo.tasks.example import Example, TextExample
from yanmo.tasks.task import Task

PAIR_MARK = " \u2016 "


def baseline_predictions(task: Task, examples: Sequence[Example]) -> Mapping[str, Sequence[Any]]:
    """Predictions of each baseline for `examples`; each has learned from the train split."""
    if task.kind == "classification":
        return _of_classes(task, examples)
    return {}


def _of_classes(task: Task, examples: Sequence[Example]) -> Mapping[str, Sequence[Any]]:
    texts, labels = _texts_and_labels(task.examples("train"))
    most = max(sorted(set(labels)), key=labels.count)
    fitted = fit_tfidf_classifier(
        texts,
        labels,
        validation=_texts_and_labels(task.examples("validation")),
        language=task.language,
    )
    asked, _ = _texts_and_labels(examples)
    return {
        "majority class": [most] * len(examples),
        "TF-IDF + logistic regression": fitted.predict(asked),
    }


def _texts_and_labels(examples: Sequence[Example]) -> tuple[list[str], list[str]]:
    own = [example for example in examples if isinstance(example, TextExample)]
    texts = [one.text if one.second is None else one.text + PAIR_MARK + one.second for one in own]
    return texts, [str(one.label) for one in own]
