"""How well a segmentation agrees with the right one.

Comes in: the words of each sentence, right and found. Goes out: precision, recall and F1 by words,
as in the SIGHAN bakeoffs: a word counts where both its ends are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordScore:
    """Precision, recall and F1, each from 0 to 1."""

    precision: float
    recall: float
    f1: float


def score_words(right: Iterable[Sequence[str]], found: Iterable[Sequence[str]]) -> WordScore:
    """The score over all sentences; both sides must be made of the same characters."""
    num_right = num_found = num_both = 0
    for wanted, got in zip(right, found, strict=True):
        wanted_spans, got_spans = _spans(wanted), _spans(got)
        num_right += len(wanted_spans)
        num_found += len(got_spans)
        num_both += len(wanted_spans & got_spans)
    precision = num_both / num_found if num_found else 0.0
    recall = num_both / num_right if num_right else 0.0
    both = precision + recall
    return WordScore(precision, recall, 2 * precision * recall / both if both else 0.0)


def _spans(words: Sequence[str]) -> set[tuple[int, int]]:
    """Where each word begins and ends."""
    spans: set[tuple[int, int]] = set()
    start = 0
    for word in words:
        spans.add((start, start + len(word)))
        start += len(word)
    return spans
