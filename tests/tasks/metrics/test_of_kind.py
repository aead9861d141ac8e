"""Every kind of task has metrics, and gold in the form that they read."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    ConversationExample,
    KeywordExample,
    PairExample,
    PreferenceExample,
    QuestionExample,
    TaggedExample,
    TextExample,
    Turn,
)
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.of_kind import gold_of, metric_named, metrics_of
from yanmo.tasks.task import TaskKind

# Of each kind an example and a prediction that is all right.
RIGHT: dict[TaskKind, tuple[Any, Any]] = {
    "classification": (TextExample("1", "good", None, "yes"), "yes"),
    "entities": (TaggedExample("1", ("in", "Rome"), ("O", "B-LOC")), ("O", "B-LOC")),
    "questions": (QuestionExample("1", "who?", "Ann did", (Answer("Ann", 0),)), "Ann"),
    "translation": (PairExample("1", "x", ("a b c d e",)), "a b c d e"),
    "summarisation": (PairExample("1", "x", ("a b c d e", "f")), "a b c d e"),
    "choices": (ChoiceExample("1", "c", ("a", "b"), 1), 1),
    "preferences": (PreferenceExample("1", (Turn("user", "q"),), "good", "bad"), 0),
    "conversations": (
        ConversationExample("1", (Turn("user", "q"), Turn("assistant", "an answer to it"))),
        "an answer to it",
    ),
    "keywords": (KeywordExample("1", "x", ("a b", "c")), ("a b", "c")),
}


@pytest.mark.parametrize("kind", RIGHT)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_right_prediction_has_the_best_figure(kind: TaskKind, language: str) -> None:
    example, predicted = RIGHT[kind]
    gold = [gold_of(example)]
    first = metrics_of(kind, language)[0]
    best = {"translation": 100.0, "keywords": 2 * 2 / (5 + 2)}.get(kind, 1.0)
    assert first.is_higher_better
    assert measure(first, gold, [predicted]) == pytest.approx(best)


def test_all_kinds_are_known_and_names_differ() -> None:
    for kind in get_args(TaskKind):
        for language in ("en", "zh", "de"):
            metrics = metrics_of(kind, language)
            assert bool(metrics) == (kind != "text")
            assert len({metric.name for metric in metrics}) == len(metrics)
            assert all(metric.signature for metric in metrics)


def test_models_are_chosen_by() -> None:
    first = {kind: (metrics_of(kind) or (None,))[0] for kind in get_args(TaskKind)}
    names = {kind: metric.name for kind, metric in first.items() if metric is not None}
    assert names["classification"] == "accuracy"
    assert names["entities"] == "entity_f1"
    assert names["similarity"] == "spearman"
    assert names["questions"] == "f1"
    assert names["translation"] == "bleu"
    assert names["summarisation"] == "rouge_l"


def test_metric_by_name() -> None:
    metrics = metrics_of("classification")
    found = metric_named("f1_macro", metrics)
    assert found is not None
    assert found.name == "f1_macro"
    assert metric_named("bleu", metrics) is None


def test_gold_that_is_not_known_is_none() -> None:
    assert gold_of(TextExample("1", "x")) is None
    assert gold_of(PairExample("1", "x")) is None
    assert gold_of(QuestionExample("1", "q", "p")) is None
    assert gold_of(QuestionExample("1", "q", "p", ())) == ()
