"""Noise on the examples of tasks, and what it does to a model: curves and flips for its report.

Comes in: examples, what predicts on them, their metric. Goes out: the `Robustness` of a task's
report. The noise of `corpus.augmentation` is put on the part of an example that a user would have
typed: texts, both of a pair; the question, not its passage; the source, not the targets. Sentences
with tags keep one token for one token. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.augmentation.look_alikes import similar_characters
from yanmo.corpus.augmentation.operators import (
    AUGMENTATIONS,
    TOKEN_AUGMENTATIONS,
    Augmentation,
    TokenAugmentation,
    perturbations_for,
)
from yanmo.evaluation.flips import find_flips
from yanmo.evaluation.robustness import STRENGTHS, Perturbation, measure_robustness
from yanmo.evaluation.task_report import FlipSearch, Robustness
from yanmo.tasks.example import (
    ChoiceExample,
    ConversationExample,
    Example,
    KeywordExample,
    PairExample,
    QuestionExample,
    TaggedExample,
    TextExample,
)
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.task import TaskKind

_FLIPPED_KINDS: frozenset[TaskKind] = frozenset({"classification", "questions", "choices"})


class Predicted(Protocol):
    """Predictions for examples."""

    @property
    def items(self) -> Sequence[Any]:
        """One for each example, in the form that the metric reads."""

    @property
    def probabilities(self) -> NDArray[np.float64] | None:
        """(D, C) of the classes; None where the model gives none."""


PredictExamples = Callable[[Sequence[Example]], Predicted]


def examine_robustness(
    predict: PredictExamples,
    examples: Sequence[Example],
    gold: Sequence[Any],
    metric: Metric,
    *,
    kind: TaskKind,
    language: str,
    labels: Sequence[str] = (),
    strengths: Sequence[float] = STRENGTHS,
    max_items: int | None = 300,
    max_flip_items: int = 50,
    seed: int = 0,
) -> Robustness:
    """Curves under every noise of the language and, where predictions are right or wrong, flips.

    Args:
        predict: the model.
        examples: of one kind.
        gold: what is right, in the form that the metric reads.
        metric: what the curves show.
        kind: of the examples.
        language: of the text.
        labels: the classes in the order of the probabilities.
        strengths: shares of characters or words.
        max_items: a seeded draw of so many examples is measured.
        max_flip_items: so many are searched for flips; 0 leaves the search out.
        seed: of draws and noise.
    """
    robustness = measure_robustness(
        lambda some: predict(some).items,
        examples,
        gold,
        metric,
        example_perturbations(kind, language),
        strengths=strengths,
        max_items=max_items,
        seed=seed,
    )
    if kind not in _FLIPPED_KINDS or max_flip_items == 0:
        return robustness
    flips = _flips(predict, examples, gold, metric, labels, max_flip_items, seed)
    return replace(robustness, flip_search=flips)


def example_perturbations(kind: TaskKind, language: str) -> Mapping[str, Perturbation]:
    """The noise of a language as functions of examples, by name."""
    return {
        name: _on_examples(AUGMENTATIONS[name], TOKEN_AUGMENTATIONS.get(name))
        for name in perturbations_for(language)
        if kind != "entities" or name in TOKEN_AUGMENTATIONS
    }


def changed_example(
    example: Example,
    change: Augmentation,
    token_change: TokenAugmentation | None,
    strength: float,
    seed: int,
) -> Example:
    """An example with its typed text changed; what is right about it stays.

    A sentence with tags needs `token_change` and stays as it is without. Preferences stay as they
    are.
    """
    if isinstance(example, TaggedExample):
        if token_change is None:
            return example
        return replace(example, tokens=token_change(example.tokens, strength, seed))
    if isinstance(example, TextExample) and example.second is not None:
        second = change(example.second, strength, seed + 1)
        return replace(example, text=change(example.text, strength, seed), second=second)
    if isinstance(example, ConversationExample):
        turns = tuple(
            replace(turn, content=change(turn.content, strength, seed + place))
            if turn.role == "user"
            else turn
            for place, turn in enumerate(example.turns)
        )
        return replace(example, turns=turns)
    text = typed_text(example)
    return example if text is None else with_text(example, change(text, strength, seed))


def typed_text(example: Example) -> str | None:
    """The one text of an example that a user would have typed; None where there is no one text."""
    if isinstance(example, TextExample | KeywordExample):
        return example.text
    if isinstance(example, QuestionExample):
        return example.question
    if isinstance(example, PairExample):
        return example.source
    return example.context if isinstance(example, ChoiceExample) else None


def with_text(example: Example, text: str) -> Example:
    """The example with another text in the place of `typed_text`."""
    if isinstance(example, TextExample | KeywordExample):
        return replace(example, text=text)
    if isinstance(example, QuestionExample):
        return replace(example, question=text)
    if isinstance(example, PairExample):
        return replace(example, source=text)
    assert isinstance(example, ChoiceExample), "an example with one typed text"
    return replace(example, context=text)


def _on_examples(change: Augmentation, token_change: TokenAugmentation | None) -> Perturbation:
    def perturb(example: Example, strength: float, seed: int) -> Example:
        return changed_example(example, change, token_change, strength, seed)

    return perturb


@dataclass(frozen=True)
class _Answer:
    """A prediction and, for classes, the probability of each."""

    said: Any
    probabilities: NDArray[np.float64] | None


def _flips(
    predict: PredictExamples,
    examples: Sequence[Example],
    gold: Sequence[Any],
    metric: Metric,
    labels: Sequence[str],
    max_items: int,
    seed: int,
) -> FlipSearch:
    """Search for flips by the probability of what is right, or else by the metric."""
    places = {label: place for place, label in enumerate(labels)}

    def answers(some: Sequence[Example]) -> list[_Answer]:
        found = predict(some)
        probabilities = found.probabilities
        rows = [None] * len(some) if probabilities is None else list(probabilities)
        return [_Answer(said, row) for said, row in zip(found.items, rows, strict=True)]

    def judge(right: Any, answer: _Answer) -> tuple[bool, float]:
        alone = metric.items([right], [answer.said])
        value = float(metric.figures(alone, np.ones((1, 1)))[0])
        is_right = answer.said == right or value == 1.0
        place = places.get(str(right))
        if answer.probabilities is None or place is None:
            return is_right, value
        return is_right, float(answer.probabilities[place])

    def shown(value: Any) -> str:
        value = value.said if isinstance(value, _Answer) else value
        return " | ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)

    return find_flips(
        answers,
        [typed_text(example) or "" for example in examples],
        gold,
        ids=[example.id for example in examples],
        as_input=lambda place, text: with_text(examples[place], text),
        judge=judge,
        shown=shown,
        replacements=similar_characters,
        max_items=max_items,
        seed=seed,
    )
