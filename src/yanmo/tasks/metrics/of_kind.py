"""Which metrics a kind of task is measured by, and what its examples' gold is.

In comes the kind and the language of what is measured; out come metrics, the first of which models
are chosen by. Knows no predictions.
"""

from __future__ import annotations

from typing import Any

from yanmo.tasks.example import (
    ChoiceExample,
    ConversationExample,
    Example,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    SpeechExample,
    TaggedExample,
)
from yanmo.tasks.metrics.classification import MatthewsCorrelation, averaged
from yanmo.tasks.metrics.correlation import Pearson, Spearman
from yanmo.tasks.metrics.counts import Average, Quantity
from yanmo.tasks.metrics.entities import entity_metric
from yanmo.tasks.metrics.error_rate import character_error_rate, word_error_rate
from yanmo.tasks.metrics.mean import accuracy
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.metrics.questions import question_metrics
from yanmo.tasks.metrics.ranking import keyword_metrics
from yanmo.tasks.metrics.repetition import distinct
from yanmo.tasks.metrics.summaries import summary_metrics
from yanmo.tasks.metrics.translation import translation_metrics
from yanmo.tasks.task import TaskKind


def metrics_of(kind: TaskKind, language: str = "en") -> tuple[Metric, ...]:
    """The metrics of a kind of task; the first is the one that models are chosen by.

    Args:
        kind: of the task.
        language: of what is measured: the target language of a translation.

    Returns:
        Metrics over `gold_of` the examples and predictions in the form of the kind; none for plain
        text, which is measured by loss and bits per byte.
    """
    if kind == "classification":
        return _of_classes()
    if kind == "entities":
        return (
            entity_metric("f1"),
            entity_metric("precision"),
            entity_metric("recall"),
            entity_metric("f1", "macro"),
        )
    if kind == "similarity":
        return (Spearman(), Pearson())
    if kind == "questions":
        return question_metrics(language)
    if kind == "translation":
        return translation_metrics(language)
    if kind == "keywords":
        return keyword_metrics()
    if kind in ("summarisation", "conversations"):
        return (*summary_metrics(language), distinct(4))
    if kind == "speech":
        return (character_error_rate(), word_error_rate())
    if kind in ("choices", "preferences"):
        return (accuracy(),)
    return ()


def metric_named(name: str, metrics: tuple[Metric, ...]) -> Metric | None:
    """The metric with a name, None where there is none of it."""
    return next((metric for metric in metrics if metric.name == name), None)


def gold_of(example: Example) -> Any:
    """What is right, in the form that the metrics of the example's kind read; None if not known.

    A class or a number; tags; texts of the answers that hold; references; keywords; the index of
    the right choice; the last turn of a conversation; 0 for a preference, whose chosen answer is
    the first of the two; what is said in a recording.
    """
    match example:
        case TaggedExample():
            return example.tags
        case QuestionExample():
            answers = example.answers
            return None if answers is None else tuple(answer.text for answer in answers)
        case PairExample():
            return example.targets or None
        case KeywordExample():
            return example.keywords or None
        case ChoiceExample():
            return example.answer
        case ConversationExample():
            return (example.turns[-1].content,)
        case PreferenceExample():
            return 0
        case SpeechExample():
            return example.transcript
        case _:
            return example.label


def _of_classes() -> tuple[Metric, ...]:
    averages: tuple[Average, ...] = ("macro", "weighted", "micro")
    quantities: tuple[Quantity, ...] = ("f1", "precision", "recall")
    return (
        accuracy(),
        *(averaged(quantity, average) for average in averages for quantity in quantities),
        MatthewsCorrelation(),
    )
