"""n-grams are cut and numbered as fastText does, and composed by their mean."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes
from hypothesis import given
from hypothesis import strategies as st

from yanmo.models.word_vectors.ngrams import Subwords, hash_ngram, iter_buckets, iter_ngrams


def test_the_ngrams_of_where() -> None:
    """The example of Bojanowski et al. 2017, section 3.2."""
    assert list(iter_ngrams("where", 3, 3)) == ["<wh", "whe", "her", "ere", "re>"]


def test_the_marks_alone_are_no_ngram() -> None:
    assert list(iter_ngrams("中国", 1, 2)) == ["<中", "中", "中国", "国", "国>"]


def test_the_hash_is_fnv_1a() -> None:
    assert hash_ngram("") == 0x811C9DC5
    assert hash_ngram("a") == 0xE40C292C
    assert hash_ngram("foobar") == 0xBF9CF968


@given(
    word=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    shortest=st.integers(1, 4),
    more=st.integers(0, 3),
    buckets=st.integers(1, 10_000),
)
def test_buckets_are_those_of_the_published_implementation(
    word: str, shortest: int, more: int, buckets: int
) -> None:
    ours = list(iter_buckets(word, shortest, shortest + more, buckets))
    assert ours == ft_ngram_hashes(word, shortest, shortest + more, buckets)


def test_a_word_is_the_mean_of_its_known_ngrams() -> None:
    known = sorted(hash_ngram(ngram) % 1000 for ngram in ("<ab", "ab>"))
    vectors = np.array([[1, 2], [3, 6]], np.float32)
    subwords = Subwords(3, 3, 1000, np.array(known), vectors)
    composed = subwords.compose("ab")
    assert composed is not None
    assert composed.tolist() == [2, 4]
    of_one = subwords.compose("abc")  # <ab abc bc>
    assert of_one is not None
    assert of_one.tolist() == vectors[known.index(hash_ngram("<ab") % 1000)].tolist()


@pytest.mark.parametrize("word", ["", "zzz", "中"])
def test_a_word_without_a_known_ngram_has_no_vector(word: str) -> None:
    subwords = Subwords(3, 3, 2**31, np.array([5]), np.ones((1, 2), np.float32))
    assert subwords.compose(word) is None
