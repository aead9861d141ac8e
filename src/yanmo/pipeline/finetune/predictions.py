"""What a tuned model says of examples, in the form that the metrics of their kind read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.inference.predict import TaskPredictor
from yanmo.pipeline.finetune.keyword_tags import ranked_keywords
from yanmo.tasks.example import (
    Example,
    KeywordExample,
    QuestionExample,
    TaggedExample,
    TextExample,
)
from yanmo.tasks.metrics.metric import Metric, measure
from yanmo.tasks.metrics.of_kind import gold_of
from yanmo.tasks.task import TaskKind
from yanmo.tokens.row_counts import RowCounts


@dataclass(frozen=True)
class Predictions:
    """Predictions for examples, in their order.

    Attributes:
        items: in the form of the kind.
        probabilities: (D, C) of the classes, of a classification.
        counts: what of the texts was not read.
    """

    items: Sequence[Any]
    probabilities: npt.NDArray[np.float64] | None = None
    counts: RowCounts | None = None


def predict_examples(
    predictor: TaskPredictor, kind: TaskKind, examples: Sequence[Example]
) -> Predictions:
    """What the head of a task model says of examples of its kind."""
    if kind in ("classification", "similarity"):
        own = [example for example in examples if isinstance(example, TextExample)]
        texts, seconds = [one.text for one in own], [one.second for one in own]
        if kind == "similarity":
            scored = predictor.score(texts, seconds)
            return Predictions(scored.items, counts=scored.counts)
        found = predictor.classify(texts, seconds)
        probabilities = np.array([one.probabilities for one in found.items])
        return Predictions([one.label for one in found.items], probabilities, found.counts)
    if kind == "questions":
        asked = [example for example in examples if isinstance(example, QuestionExample)]
        answers = predictor.answer([one.question for one in asked], [one.passage for one in asked])
        return Predictions([one.answer for one in answers.items], counts=answers.counts)
    if kind == "keywords":
        texts = [one.text for one in examples if isinstance(one, KeywordExample)]
        marked = predictor.entities(texts)
        return Predictions([ranked_keywords(one) for one in marked.items], counts=marked.counts)
    tagged = [example for example in examples if isinstance(example, TaggedExample)]
    assert len(tagged) == len(examples), f"no head predicts examples of kind {kind}"
    tags = predictor.tag([one.tokens for one in tagged], [one.joiner for one in tagged])
    return Predictions(tags.items, counts=tags.counts)


def known_gold(examples: Sequence[Example]) -> list[Any]:
    """What is right of each example, in the form that the metrics of its kind read.

    Raises:
        DataError: that is not known of an example.
    """
    gold = [gold_of(example) for example in examples]
    for example, right in zip(examples, gold, strict=True):
        if right is None:
            raise DataError(
                t("an example has no target to be measured by"),
                where=example.id,
                hint=t("Give it one, or take the row out of the file."),
            )
    return gold


def figures_of(
    metrics: Sequence[Metric], examples: Sequence[Example], predicted: Sequence[Any]
) -> Mapping[str, float]:
    """Every metric of predictions, by name; the first one decides, and higher is better.

    Raises:
        DataError: what is right is not known of an example.
    """
    gold = known_gold(examples)
    figures = {metric.name: measure(metric, gold, predicted) for metric in metrics}
    assert metrics[0].is_higher_better, f"{metrics[0].name} would choose the worst"
    return figures
