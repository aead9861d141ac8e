"""The baselines of any task: what each says of given examples, by the kind of the task.

In come a task, whose train and validation splits are learned from, and the examples in question;
out come predictions by the name of the baseline, in the form that the task's metrics read. Knows no
model and no report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from yanmo.evaluation.baselines.extracts import best_num_sentences, first_words, lead
from yanmo.evaluation.baselines.gazetteer import Gazetteer
from yanmo.evaluation.baselines.glossary import Glossary
from yanmo.evaluation.baselines.keywords import TfidfKeywords
from yanmo.evaluation.baselines.majority import majority_class
from yanmo.evaluation.baselines.overlap import overlap, similarity_baseline
from yanmo.evaluation.baselines.passages import (
    longest_choice,
    nearest_sentence,
    nearest_window,
    sliding_window_choice,
)
from yanmo.evaluation.baselines.textrank import keywords, summarise
from yanmo.evaluation.baselines.tfidf import fit_tfidf_classifier
from yanmo.evaluation.baselines.words import characters_of, split_text
from yanmo.tasks.example import TextExample
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of
from yanmo.tasks.task import Task

PAIR_MARK = " \u2016 "  # stands between the two texts of a pair
_HELD_OUT = 10  # where a task has no validation split, every tenth training example is one

Baselines = dict[str, Sequence[Any]]


def baseline_predictions(task: Task, examples: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
    """Predictions of each baseline for `examples`.

    Args:
        task: what is learned from; its test split is not opened.
        examples: what is predicted, of the kind of the task.

    Returns:
        By name one prediction for each example. Empty for kinds without a baseline (conversations,
        plain text).
    """
    if task.kind == "classification":
        return _of_classes(task, examples)
    if task.kind == "similarity":
        return _of_similarity(task, examples)
    if task.kind == "entities":
        train = task.examples("train")
        gazetteer = Gazetteer([one.tokens for one in train], [one.tags for one in train])
        return {"entities seen in training": [tuple(gazetteer.tag(one.tokens)) for one in examples]}
    if task.kind == "questions":
        return _of_questions(task, examples)
    if task.kind == "translation":
        pairs = [(one.source, one.targets[0]) for one in task.examples("train") if one.targets]
        glossary = Glossary(pairs, target_language=task.target_language)
        return {
            "source copied": [one.source for one in examples],
            "word by word": [glossary.translate(one.source) for one in examples],
        }
    if task.kind == "summarisation":
        return _of_summaries(task, examples)
    if task.kind == "keywords":
        return _of_keywords(task, examples)
    if task.kind == "choices" and any(len(one.choices) > 1 for one in examples):
        return {
            "longest choice": [longest_choice(one.choices) for one in examples],
            "sliding window": [
                sliding_window_choice(*split_question(one.context), one.choices) for one in examples
            ],
        }
    if task.kind == "preferences":
        return {"longer answer": [longest_choice((one.chosen, one.rejected)) for one in examples]}
    return {}


def split_question(context: str) -> tuple[str, str]:
    """A passage and the question behind it: the last line; no passage where there is one line."""
    passage, _, question = context.rstrip().rpartition("\n")
    return passage, question


def _learned_and_held_out(task: Task) -> tuple[Sequence[Any], Sequence[Any]]:
    """Training and validation examples; a part of the first where there are none of the second."""
    train = task.examples("train")
    if "validation" in task.splits:
        return train, task.examples("validation")
    held_out = [one for place, one in enumerate(train) if place % _HELD_OUT == 0]
    return [one for place, one in enumerate(train) if place % _HELD_OUT], held_out


def _text(example: TextExample) -> str:
    return example.text if example.second is None else example.text + PAIR_MARK + example.second


def _of_classes(task: Task, examples: Sequence[Any]) -> Baselines:
    train, held_out = _learned_and_held_out(task)
    labels = [str(one.label) for one in train]
    found: Baselines = {"majority class": [majority_class(labels)] * len(examples)}
    if len(set(labels)) > 1 and held_out:
        fitted = fit_tfidf_classifier(
            [_text(one) for one in train],
            labels,
            validation=([_text(one) for one in held_out], [str(one.label) for one in held_out]),
            language=task.language,
        )
        found["TF-IDF + logistic regression"] = fitted.predict([_text(one) for one in examples])
    return found


def _of_similarity(task: Task, examples: Sequence[Any]) -> Baselines:
    train, held_out = _learned_and_held_out(task)
    pairs = [(one.text, one.second or "") for one in examples]
    cosines, _ = similarity_baseline(
        [text for one in train for text in (one.text, one.second or "")],
        pairs,
        validation=(
            [(one.text, one.second or "") for one in held_out],
            [float(one.label) for one in held_out],
        ),
        language=task.language,
    )
    return {"word overlap": [overlap(*pair) for pair in pairs], "TF-IDF cosine": cosines.tolist()}


def _of_questions(task: Task, examples: Sequence[Any]) -> Baselines:
    """The nearest sentence, and a window in it as long as half of the training answers are."""
    answers = [
        answer.text
        for one in (task.examples("train") if "train" in task.splits else ())
        for answer in one.answers or ()
    ]
    units = characters_of if task.language == "zh" else split_text
    num_words = int(np.median([len(units(text)) for text in answers])) if answers else 3
    return {
        "nearest sentence": [nearest_sentence(one.question, one.passage) for one in examples],
        "nearest window": [
            nearest_window(one.question, one.passage, num_words=max(1, num_words))
            for one in examples
        ],
    }


def _of_summaries(task: Task, examples: Sequence[Any]) -> Baselines:
    """First sentences and TextRank, as many as do best on validation; as many words as usual."""
    train, held_out = _learned_and_held_out(task)
    metric = metrics_of(task.kind, task.language)[0]
    gold = [gold_of(one) for one in held_out]
    lengths = [len(split_text(one.targets[0])) for one in train if one.targets]
    num_words = round(float(np.mean(lengths))) if lengths else 20
    found: Baselines = {
        "first words": [
            first_words(one.source, num_words, language=task.language) for one in examples
        ]
    }
    for name, extract in (("first sentences", lead), ("TextRank", summarise)):
        size = best_num_sentences(
            lambda text, size, extract=extract: extract(text, num_sentences=size),  # type: ignore[misc]
            [one.source for one in held_out],
            partial(measure, metric, gold),
        )
        found[name] = [extract(one.source, num_sentences=size) for one in examples]
    return found


def _of_keywords(task: Task, examples: Sequence[Any]) -> Baselines:
    is_chinese = task.language == "zh"
    # Rarity needs texts and no keywords: where nothing is learned from, the examples themselves.
    texts = task.examples("train") if "train" in task.splits else examples
    rare = TfidfKeywords([one.text for one in texts], is_chinese=is_chinese)
    return {
        "TextRank": [tuple(keywords(one.text, is_chinese=is_chinese)) for one in examples],
        "TF-IDF": [tuple(rare(one.text)) for one in examples],
    }
