"""Augmentation operators: pure, bounded, and harmless at strength 0."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.augmentation.config import AugmentationConfig, Operator
from yanmo.corpus.augmentation.operators import augment, augmented_copies

OPERATORS: tuple[Operator, ...] = get_args(Operator)
ENGLISH = "The ink stone holds a little water, and grinding takes patience every single day."
CHINESE = "研墨需要耐心，每天都要慢慢地加水，写出来的字才会好看。"

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*ENGLISH.split(), "研墨", "，", "\n", "a"]), max_size=20).map(
        " ".join
    ),
)
strengths = st.floats(0, 1)


@settings(max_examples=200, deadline=None)
@given(texts, st.sampled_from(OPERATORS), strengths, st.integers(0, 2**31))
def test_the_same_arguments_give_the_same_text(
    text: str, operator: Operator, strength: float, seed: int
) -> None:
    once = augment(text, operator, strength, seed)
    assert augment(text, operator, strength, seed) == once
    assert len(once) <= 2 * len(text)


@settings(deadline=None)
@given(texts, st.sampled_from(OPERATORS), st.integers(0, 100))
def test_strength_0_changes_nothing(text: str, operator: Operator, seed: int) -> None:
    assert augment(text, operator, 0, seed) == text


@settings(max_examples=200, deadline=None)
@given(texts, strengths, st.integers(0, 100))
def test_deletion_only_shortens_and_leaves_something(text: str, strength: float, seed: int) -> None:
    for operator in ("delete_words", "delete_characters"):
        after = augment(text, operator, strength, seed)
        assert len(after) <= len(text)
        assert not Counter(after.split() and after.replace(" ", "")) - Counter(text)
        if any(character.isalnum() for character in text):
            assert any(character.isalnum() for character in after)


@settings(max_examples=200, deadline=None)
@given(texts, strengths, st.integers(0, 100))
def test_swapping_keeps_every_character(text: str, strength: float, seed: int) -> None:
    for operator in ("swap_words", "swap_characters"):
        assert Counter(augment(text, operator, strength, seed)) == Counter(text)


@settings(max_examples=100, deadline=None)
@given(texts, strengths, st.integers(0, 100))
def test_noise_touches_latin_letters_only(text: str, strength: float, seed: int) -> None:
    def others(line: str) -> list[str]:
        return [c for c in line if not (c.isascii() and c.isalpha())]

    assert others(augment(text, "noise", strength, seed)) == others(text)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_every_operator_changes_what_it_can(operator: Operator, text: str) -> None:
    copies = {augment(text, operator, 0.2, seed) for seed in range(20)}
    if operator == "noise" and text == CHINESE:
        assert copies == {text}
    else:
        assert len(copies - {text}) > 5


def test_words_of_chinese_move_whole() -> None:
    pieces = {"研墨", "耐心", "慢慢"}
    for seed in range(10):
        after = augment(CHINESE, "swap_words", 0.3, seed)
        assert all(piece in after for piece in pieces)
        assert [c for c in after if c in "，。"] == ["，", "，", "。"]


def test_the_expected_share_is_changed() -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    left = len(augment(text, "delete_words", 0.25, 1).split())
    assert 0.70 < left / 2000 < 0.80


def test_copies_take_turns_and_labels_are_untouched() -> None:
    config = AugmentationConfig(num_copies=4, strength=0.2)
    examples = [{"text": ENGLISH, "label": 1}, {"text": CHINESE, "label": 0}]
    more = [
        {**example, "text": copy}
        for example in examples
        for copy in augmented_copies(str(example["text"]), config, seed=5)
    ]
    assert [example["label"] for example in more] == [1] * 4 + [0] * 4
    assert len({example["text"] for example in more}) > 4
