"""Search by words, by vectors and by both: right order, and real questions find their passages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from yanmo.inference.search import TextSearch, cosine
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.retrieval import retrieval_metrics

TEXTS = ["the river", "the sea", "the hill and the sea", "nothing alike"]


def letters(texts: Sequence[str]) -> np.ndarray:
    """How often each of three letters is in a text."""
    return np.array([[text.count(c) for c in "rsh"] for text in texts], np.float32)


def test_words_find_only_texts_that_share_one() -> None:
    (hits,) = TextSearch(TEXTS).search(["sea"], 4)
    assert [hit.number for hit in hits] == [1, 2]
    assert hits[0].score > hits[1].score > 0
    assert TextSearch(TEXTS).search(["zebra"], 4) == [[]]


def test_vectors_are_ranked_by_their_cosine_whatever_their_length() -> None:
    search = TextSearch(TEXTS, "dense", letters)
    (hits,) = search.search(["rr"], 2)
    assert hits[0].number == 0
    assert hits[0].score == pytest.approx(cosine(letters(["rr"])[0], letters(TEXTS)[0]))
    assert len(search.search(["rr"], 9)[0]) == len(TEXTS)


def test_both_adds_what_the_two_ranks_are_worth() -> None:
    (hits,) = TextSearch(TEXTS, "both", letters).search(["sea"], 4)
    by_words = {
        hit.number: rank for rank, hit in enumerate(TextSearch(TEXTS).search(["sea"], 4)[0])
    }
    by_vectors = {
        hit.number: rank
        for rank, hit in enumerate(TextSearch(TEXTS, "dense", letters).search(["sea"], 4)[0])
    }
    for hit in hits:
        expected = 1 / (61 + by_vectors[hit.number])
        if hit.number in by_words:
            expected += 1 / (61 + by_words[hit.number])
        assert hit.score == pytest.approx(expected)


def test_the_cosine_of_a_zero_vector_is_zero() -> None:
    assert cosine(np.zeros(3, np.float32), np.ones(3, np.float32)) == 0.0
    assert cosine(np.ones(3, np.float32), np.ones(3, np.float32)) == pytest.approx(1.0)


def test_nothing_can_be_searched_without_an_error() -> None:
    assert TextSearch([]).search(["a"], 1) == [[]]
    assert TextSearch([], "both", letters).search(["a"], 1) == [[]]


@pytest.mark.parametrize(("language", "least"), [("en", 0.93), ("zh", 0.93)])
def test_real_questions_find_their_passages(language: str, least: float, shared_data: Path) -> None:
    path = shared_data / "qa" / "xquad" / f"xquad.{language}.json"
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in data for paragraph in article["paragraphs"]]
    search = TextSearch([paragraph["context"] for paragraph in paragraphs])
    asked = [
        (qa["question"], number)
        for number, paragraph in enumerate(paragraphs)
        for qa in paragraph["qas"]
    ]
    found = search.search([question for question, _ in asked], 10)
    ranked = [[hit.number for hit in hits] for hits in found]
    mrr, at_1, at_10 = (
        measure(metric, [{number} for _, number in asked], ranked)
        for metric in retrieval_metrics(10)
    )
    assert mrr > least
    assert at_1 < mrr < at_10 <= 1
