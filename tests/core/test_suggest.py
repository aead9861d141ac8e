"""The nearest right spelling is found, and nothing is suggested where nothing is near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.core.suggest import closest, similarity

WORDS = ["learning_rate", "num_layers", "num_heads", "num_kv_heads", "d_model", "d_ff", "dropout"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("learning_rat", "learning_rate"),
        ("laerning_rate", "learning_rate"),
        ("learningrate", "learning_rate"),
        ("learning-rate", "learning_rate"),
        ("LearningRate", "learning_rate"),
        ("learn", "learning_rate"),
        ("numlayers", "num_layers"),
        ("n_layers", "num_layers"),
        ("num_layer", "num_layers"),
        ("num_head", "num_heads"),
        ("kv_heads", "num_kv_heads"),
        ("dmodel", "d_model"),
        ("d_fff", "d_ff"),
        ("droput", "dropout"),
        ("dorpout", "dropout"),
    ],
)
def test_a_slip_finds_the_word(typed: str, meant: str) -> None:
    assert closest(typed, WORDS) == meant


@pytest.mark.parametrize("typed", ["", "zzz", "completely_else", "学习率", "x" * 10_000])
def test_nothing_near_is_nothing_said(typed: str) -> None:
    assert closest(typed, WORDS) is None


def test_chinese_words_are_compared_too() -> None:
    assert closest("学习律", ["学习率", "批大小"]) == "学习率"


def test_no_candidates_no_suggestion() -> None:
    assert closest("word", []) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_similarity_is_a_fraction_and_one_only_for_equals(a: str, b: str) -> None:
    score = similarity(a, b)
    assert 0.0 <= score <= 1.0
    assert (score == 1.0) == (a == b)
