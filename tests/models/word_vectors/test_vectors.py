"""Lookups: cosines, neighbours and analogies of vectors whose geometry is known."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.core.errors import DataError
from yanmo.models.word_vectors.vectors import WordVectors, cosine

WORDS = ["man", "woman", "king", "queen", "kings", "apple", "nothing"]
ROWS = [[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [1, 0.1, 1], [-1, -1, -1], [0, 0, 0]]


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(WORDS, np.array(ROWS, np.float32))


def test_the_vector_of_a_word_is_its_row(vectors: WordVectors) -> None:
    assert vectors.vector("queen").tolist() == [0, 1, 1]
    assert (len(vectors), vectors.d_model) == (7, 3)


def test_the_nearest_words_come_in_the_order_of_their_cosine(vectors: WordVectors) -> None:
    found = vectors.nearest("king", 3)
    assert [neighbour.word for neighbour in found] == ["kings", "man", "queen"]
    expected = [2 / np.sqrt(2 * 2.01), 1 / np.sqrt(2), 0.5]
    assert [neighbour.similarity for neighbour in found] == pytest.approx(expected, abs=1e-6)


def test_all_other_words_are_neighbours_at_most(vectors: WordVectors) -> None:
    found = vectors.nearest("king", 100)
    assert sorted(neighbour.word for neighbour in found) == sorted(set(WORDS) - {"king"})


def test_king_minus_man_plus_woman_is_queen(vectors: WordVectors) -> None:
    (best,) = vectors.analogy("man", "king", "woman", 1)
    assert best.word == "queen"


def test_the_words_of_an_analogy_are_not_its_answer(vectors: WordVectors) -> None:
    found = {neighbour.word for neighbour in vectors.analogy("man", "king", "woman", 100)}
    assert found == set(WORDS) - {"man", "king", "woman"}


def test_similarity_is_the_cosine_and_zero_for_a_zero_vector(vectors: WordVectors) -> None:
    assert vectors.similarity("man", "king") == pytest.approx(1 / np.sqrt(2))
    assert vectors.similarity("man", "man") == 1.0
    assert vectors.similarity("man", "nothing") == 0.0


@pytest.mark.parametrize(
    ("word", "expected"),
    [("kingz", "king"), ("womann", "woman"), ("qeen", "queen"), ("Man", "man")],
)
def test_an_unknown_word_is_refused_with_near_spellings(
    vectors: WordVectors, word: str, expected: str
) -> None:
    assert not vectors.has(word)
    with pytest.raises(DataError) as caught:
        vectors.vector(word)
    assert f"'{word}'" in caught.value.what
    assert expected in (caught.value.hint or "")


def test_an_unknown_word_like_no_other_is_told_what_could_help(vectors: WordVectors) -> None:
    with pytest.raises(DataError, match="Only fastText"):
        vectors.nearest("中国")


def test_words_in_lower_case_are_found_in_any_case() -> None:
    vectors = WordVectors(["king", "été"], np.eye(2, dtype=np.float32), is_lowercase=True)
    assert vectors.has("King")
    assert vectors.vector("ÉTÉ").tolist() == [0, 1]
    assert [found.word for found in vectors.nearest("KING", 5)] == ["été"]


def test_the_mean_of_words_leaves_out_the_unknown(vectors: WordVectors) -> None:
    mean = vectors.mean_vector(["man", "martian", "woman"])
    assert mean is not None
    assert mean.tolist() == [0.5, 0.5, 0]
    assert vectors.mean_vector(["martian"]) is None


def test_words_that_are_equally_near_come_in_the_order_of_the_vocabulary() -> None:
    words = [f"word{number}" for number in range(50)]
    vectors = WordVectors(words, np.ones((50, 3), np.float32))
    assert [found.word for found in vectors.nearest("word7", 4)] == words[:4]


def test_cosine_stays_within_its_bounds() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 33)).astype(np.float32)
    assert all(abs(cosine(row, row * 3)) <= 1 for row in rows)
