"""Answers to questions: exact match and F1, after the rules of SQuAD and of CMRC 2018.

In come for each question the answers that hold (none where the passage has none) and one predicted
answer (empty for "no answer"). The best of the answers counts. English is compared as bags of words
without articles and marks (Rajpurkar et al. 2016), Chinese by characters without marks (Cui et al.
2019).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from yanmo.tasks.metrics.mean import MeanMetric
from yanmo.tasks.metrics.metric import Metric
from yanmo.tasks.metrics.text_units import units

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_MARKS = str.maketrans("", "", string.punctuation)

_SQUAD = "SQuAD: lower case, no articles, no ASCII punctuation"
_CMRC = "CMRC 2018: characters of Chinese, words of Latin letters, no punctuation"


def question_metrics(language: str) -> tuple[Metric, ...]:
    """F1 first, then exact match; for Chinese F1 over bags of characters as well."""
    if language == "zh":
        return (
            MeanMetric("f1", best_of(run_f1), f"{_CMRC}; longest common run"),
            MeanMetric("exact_match", best_of(is_same_characters), _CMRC),
            MeanMetric("f1_bag", best_of(character_f1), f"{_CMRC}; bag of units"),
        )
    return (
        MeanMetric("f1", best_of(word_f1), f"{_SQUAD}; bag of words"),
        MeanMetric("exact_match", best_of(is_same_words), _SQUAD),
    )


def best_of(score: Callable[[str, str], float]) -> Callable[[Sequence[str], str], float]:
    """`score` over all answers that hold; where none does, only an empty prediction is right."""

    def best(answers: Sequence[str], predicted: str) -> float:
        return max((score(answer, predicted) for answer in answers or ("",)), default=0.0)

    return best


def squad_words(text: str) -> list[str]:
    """Lower-case words without ASCII punctuation and English articles."""
    return _ARTICLE.sub(" ", text.lower().translate(_NO_MARKS)).split()


def word_f1(answer: str, predicted: str) -> float:
    """F1 of the bags of words; two empty sides agree, one empty side does not."""
    return _bag_f1(squad_words(answer), squad_words(predicted))


def is_same_words(answer: str, predicted: str) -> float:
    """1 where both have the same words in the same order."""
    return float(squad_words(answer) == squad_words(predicted))


def character_f1(answer: str, predicted: str) -> float:
    """F1 of the bags of characters (Chinese) and words (Latin letters)."""
    return _bag_f1(units(answer), units(predicted))


def run_f1(answer: str, predicted: str) -> float:
    """F1 of the longest run of units that both share, as CMRC 2018 counts."""
    true, said = units(answer), units(predicted)
    if not true or not said:
        return float(true == said)
    return 2 * longest_common_run(true, said) / (len(true) + len(said))


def is_same_characters(answer: str, predicted: str) -> float:
    """1 where both have the same units in the same order."""
    return float(units(answer) == units(predicted))


def longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence that stands in both without a gap."""
    best, previous = 0, [0] * (len(second) + 1)
    for unit in first:
        current = [0] * (len(second) + 1)
        for index, other in enumerate(second):
            if unit == other:
                current[index + 1] = previous[index] + 1
        best, previous = max(best, *current), current
    return best


def _bag_f1(true: list[str], said: list[str]) -> float:
    if not true or not said:
        return float(true == said)
    common = (Counter(true) & Counter(said)).total()
    return 2 * common / (len(true) + len(said))
