"""Rank correlation equals scipy's, and what is unknown is counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from yanmo.core.errors import DataError
from yanmo.models.word_vectors.score import Pair, score_pairs, spearman
from yanmo.models.word_vectors.vectors import WordVectors

VECTORS = WordVectors(
    ["a", "b", "c", "d"], np.array([[1, 0], [1, 0.2], [1, 1], [0, 1]], np.float32)
)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=40))
def test_spearman_is_that_of_scipy_also_with_ties(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, float).T
    ours = spearman(a, b)
    if ours is None:
        assert np.ptp(a) == 0 or np.ptp(b) == 0
    else:
        assert ours == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)


def test_scores_in_the_order_of_the_cosines_correlate_fully() -> None:
    pairs = [Pair(["a"], [other], score) for other, score in zip("bcd", (9.0, 5, 1), strict=True)]
    result = score_pairs(VECTORS, pairs)
    assert (result.spearman, result.num_pairs, result.num_scored) == (pytest.approx(1), 3, 3)


def test_pairs_with_an_unknown_side_are_left_out_and_counted() -> None:
    pairs = [Pair(["a"], [other], score) for other, score in zip("bcd", (1.0, 5, 9), strict=True)]
    pairs += [Pair(["a"], ["x"], 3), Pair(["x"], ["y"], 3), Pair(["a", "z"], ["b"], 2)]
    result = score_pairs(VECTORS, pairs)
    assert (result.num_pairs, result.num_scored) == (6, 4)
    assert result.unknown_words == ("x", "y", "z")


def test_too_few_pairs_are_refused_with_the_unknown_words() -> None:
    with pytest.raises(DataError, match=r"2 of 3 pairs can be scored.*\n.*Unknown words: x"):
        score_pairs(VECTORS, [Pair(["a"], [b], i) for i, b in enumerate("bcx")])


def test_equal_scores_are_refused() -> None:
    with pytest.raises(DataError, match="different scores"):
        score_pairs(VECTORS, [Pair(["a"], [b], 1) for b in "bcd"])
