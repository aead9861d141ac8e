"""Noise reaches the typed part of each kind of example and leaves what is right about it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evaluation.real_classifiers import LABELS, real_classifier

from yanmo.corpus.augmentation.operators import AUGMENTATIONS, perturbations_for
from yanmo.pipeline.noisy_examples import (
    changed_example,
    examine_robustness,
    example_perturbations,
    typed_text,
    with_text,
)
from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    ConversationExample,
    Example,
    KeywordExample,
    PairExample,
    QuestionExample,
    TaggedExample,
    TextExample,
    Turn,
)
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of

WORDS = "grinding the ink takes patience every single day"
EXAMPLES: list[Example] = [
    TextExample("1", WORDS, None, "pos"),
    TextExample("2", WORDS, WORDS + " again", 4.5),
    QuestionExample("3", WORDS, "The ink.", (Answer("ink", 4),)),
    PairExample("4", WORDS, ("Tusche reiben",)),
    ChoiceExample("5", WORDS, ("yes", "no"), 0),
    KeywordExample("6", WORDS, ("ink",)),
    ConversationExample("7", (Turn("user", WORDS), Turn("assistant", WORDS))),
    TaggedExample("8", tuple(WORDS.split()), ("O",) * 8),
]


@dataclass(frozen=True)
class Said:
    items: Sequence[Any]
    probabilities: NDArray[np.float64] | None = None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_only_what_a_user_types_is_changed(example: Example) -> None:
    noise = example_perturbations("entities", "en")["typing_noise"]
    changed = noise(example, 0.5, 3)
    assert changed != example and noise(example, 0.0, 3) == example
    for name in ("label", "passage", "answers", "targets", "choices", "keywords", "tags", "id"):
        assert getattr(changed, name, None) == getattr(example, name, None)
    if isinstance(changed, TaggedExample):
        assert len(changed.tokens) == 8
    if isinstance(changed, ConversationExample):
        assert changed.turns[1] == Turn("assistant", WORDS) != changed.turns[0]
    if isinstance(changed, TextExample) and changed.second is not None:
        assert changed.second not in (changed.text, WORDS + " again")
    text = typed_text(example)
    if text is not None:
        assert typed_text(with_text(example, "new")) == "new"


def test_tagged_sentences_get_no_noise_that_would_part_them_from_their_tags() -> None:
    assert "delete_words" not in example_perturbations("entities", "zh")
    assert tuple(example_perturbations("classification", "zh")) == perturbations_for("zh")
    tagged = EXAMPLES[-1]
    assert changed_example(tagged, AUGMENTATIONS["delete_words"], None, 1.0, 0) == tagged


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_real_classifier_is_examined(shared_data: Path, language: Literal["en", "zh"]) -> None:
    model = real_classifier(shared_data, language)
    examples = [
        TextExample(str(place), text, None, label)
        for place, (text, label) in enumerate(zip(model.texts, model.gold, strict=True))
    ]

    def predict(some: Sequence[Example]) -> Said:
        texts = [example.text for example in some if isinstance(example, TextExample)]
        return Said(model.predict(texts), model.probs(texts))

    report = examine_robustness(
        predict,
        examples,
        [gold_of(example) for example in examples],
        metrics_of("classification")[0],
        kind="classification",
        language=language,
        labels=LABELS,
        strengths=(0.2,),
        max_items=40,
        max_flip_items=6,
    )
    assert report.num_items == 40 and len(report.curves) == len(perturbations_for(language))
    search = report.flip_search
    assert search is not None and 3 <= search.num_attacked <= 6
    for flip in search.flips:
        assert flip.gold == flip.before != flip.after == model.predict([flip.edited])[0]


def test_answers_without_probabilities_are_searched_too() -> None:
    examples = [QuestionExample("q", "who ground the ink", "Li did.", (Answer("Li", 0),))]

    def predict(some: Sequence[Example]) -> Said:
        return Said(["Li" if "ink" in str(typed_text(one)) else "did" for one in some])

    report = examine_robustness(
        predict,
        examples,
        [gold_of(example) for example in examples],
        metrics_of("questions")[0],
        kind="questions",
        language="en",
        strengths=(0.3,),
    )
    assert report.flip_search is not None
    (flip,) = report.flip_search.flips
    assert flip.num_edits == 1 and (flip.before, flip.after) == ("Li", "did")
