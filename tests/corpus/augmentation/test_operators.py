"""Augmentation operators: pure, of the strength that is asked for, and harmless at strength 0."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.augmentation.config import AugmentationConfig, Operator
from yanmo.corpus.augmentation.operators import (
    AUGMENTATIONS,
    OPERATORS,
    TOKEN_AUGMENTATIONS,
    augment,
    augmented_copies,
    perturbations_for,
    synonyms,
    token_synonyms,
)

ENGLISH = "The ink stone holds a little water, and grinding takes patience every single day."
CHINESE = "研墨需要耐心，每天都要慢慢地加水，写出来的字才会好看。"

texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*ENGLISH.split(), "研墨", "，", "\n", "a"]), max_size=20).map(
        " ".join
    ),
)
strengths = st.floats(0, 1)


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements between two texts (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def test_every_name_of_the_settings_is_an_operator() -> None:
    assert set(get_args(Operator)) == set(OPERATORS) == set(AUGMENTATIONS)
    assert set(TOKEN_AUGMENTATIONS) == {name for name in OPERATORS if "words" not in name}
    assert set(perturbations_for("en")) < set(perturbations_for("zh")) <= set(OPERATORS)


@settings(max_examples=200)
@given(texts, st.sampled_from(OPERATORS), strengths, st.integers(0, 2**31))
def test_the_same_arguments_give_the_same_text(
    text: str, operator: Operator, strength: float, seed: int
) -> None:
    once = augment(text, operator, strength, seed)
    assert AUGMENTATIONS[operator](text, strength, seed) == once
    assert len(once) <= 2 * len(text)


@given(texts, st.sampled_from(OPERATORS), st.integers(0, 100))
def test_strength_0_changes_nothing(text: str, operator: Operator, seed: int) -> None:
    assert augment(text, operator, 0, seed) == text


@settings(max_examples=200)
@given(texts, strengths, st.integers(0, 100))
def test_deletion_only_shortens_and_leaves_something(text: str, strength: float, seed: int) -> None:
    for operator in ("delete_words", "delete_characters"):
        after = augment(text, operator, strength, seed)
        assert len(after) <= len(text)
        assert not Counter(after.split() and after.replace(" ", "")) - Counter(text)
        if any(character.isalnum() for character in text):
            assert any(character.isalnum() for character in after)


@settings(max_examples=200)
@given(texts, strengths, st.integers(0, 100))
def test_swapping_keeps_every_character(text: str, strength: float, seed: int) -> None:
    for operator in ("swap_words", "swap_characters"):
        assert Counter(augment(text, operator, strength, seed)) == Counter(text)


@settings(max_examples=200)
@given(texts, st.sampled_from(OPERATORS), strengths, st.integers(0, 100))
def test_marks_stay_and_spaces_stay_unless_a_word_goes(
    text: str, operator: Operator, strength: float, seed: int
) -> None:
    def others(line: str) -> list[str]:
        is_kept = operator != "delete_words"
        return [c for c in line if not c.isalnum() and (is_kept or not c.isspace())]

    after = augment(text, operator, strength, seed)
    if operator not in ("delete_words", "swap_words"):  # a word may hold marks: "it's", "U.S."
        assert others(after) == others(text)


@settings(max_examples=200)
@given(
    st.lists(st.text(min_size=1, max_size=6), max_size=12).map(tuple),
    st.sampled_from(sorted(TOKEN_AUGMENTATIONS)),
    strengths,
    st.integers(0, 100),
)
def test_tokens_stay_as_many_and_none_is_empty(
    tokens: tuple[str, ...], operator: str, strength: float, seed: int
) -> None:
    after = TOKEN_AUGMENTATIONS[operator](tokens, strength, seed)
    assert len(after) == len(tokens) and all(after)
    assert TOKEN_AUGMENTATIONS[operator](tokens, 0, seed) == tokens


def test_tokens_are_changed_too() -> None:
    for tokens in (tuple(ENGLISH.split()), tuple(CHINESE)):
        for operator, change in TOKEN_AUGMENTATIONS.items():
            copies = {change(tokens, 0.5, seed) for seed in range(5)}
            is_fixed = tokens[0] == "研" and operator in ("swap_characters", "delete_characters")
            if operator == "similar_characters" and tokens[0] == "The":
                is_fixed = True
            assert (copies == {tokens}) == is_fixed, operator


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_every_operator_changes_what_it_can(operator: Operator, text: str) -> None:
    copies = {augment(text, operator, 0.2, seed) for seed in range(20)}
    if operator == "similar_characters" and text == ENGLISH:
        assert copies == {text}
    else:
        assert len(copies - {text}) > (0 if operator == "homoglyphs" else 5)


def test_words_of_chinese_move_whole() -> None:
    pieces = {"研墨", "耐心", "慢慢"}
    for seed in range(10):
        after = augment(CHINESE, "swap_words", 0.3, seed)
        assert all(piece in after for piece in pieces)
        assert [c for c in after if c in "，。"] == ["，", "，", "。"]


@pytest.mark.parametrize("strength", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_the_share_of_characters_that_is_asked_for_is_changed(text: str, strength: float) -> None:
    num_units = sum(character.isalnum() for character in text)
    for operator in ("typing_noise", "similar_characters", "delete_characters", "homoglyphs"):
        if operator in ("similar_characters", "homoglyphs") and (text == ENGLISH) != (
            operator == "homoglyphs"
        ):
            continue
        changed = [
            edit_distance(text, AUGMENTATIONS[operator](text, strength, seed)) for seed in range(60)
        ]
        share = sum(changed) / len(changed) / num_units
        assert abs(share - strength) < 0.2 * strength, operator


@pytest.mark.parametrize("strength", [0.05, 0.1, 0.3])
def test_the_share_of_swapped_characters_is_the_strength(strength: float) -> None:
    text = " ".join("abcdef" for _ in range(300))
    after = AUGMENTATIONS["swap_characters"](text, strength, 3)
    moved = sum(one != other for one, other in zip(text, after, strict=True))
    assert moved / 1800 == pytest.approx(strength, abs=2 / 1800)


@pytest.mark.parametrize("strength", [0.05, 0.1, 0.3])
def test_the_share_of_words_that_is_asked_for_is_changed(strength: float) -> None:
    words = [f"word{number}" for number in range(2000)]
    text = " ".join(words)
    deleted = AUGMENTATIONS["delete_words"](text, strength, 1).split()
    assert len(deleted) / 2000 == pytest.approx(1 - strength, abs=0.001)
    swapped = AUGMENTATIONS["swap_words"](text, strength, 1).split()
    moved = sum(one != other for one, other in zip(words, swapped, strict=True))
    assert moved / 2000 == pytest.approx(strength, abs=0.001)
    replaced = synonyms(lambda word: [f"{word}x"])(text, strength, 1).split()
    assert sum(word.endswith("x") for word in replaced) / 2000 == pytest.approx(strength, abs=0.001)


def test_short_texts_are_changed_in_the_expected_share() -> None:
    short = ["good film", "很 好"]
    changed = sum(
        AUGMENTATIONS["typing_noise"](text, 0.05, seed) != text
        for text in short
        for seed in range(1000)
    )
    assert changed / 1000 == pytest.approx(0.05 * (8 + 2), rel=0.2)


def test_words_are_replaced_by_their_neighbours_and_keep_their_capital() -> None:
    near = {"little": ["small"], "water": ["water", "rain", "sea water"], "the": ["a"]}

    def nearest(word: str) -> list[str]:
        return near.get(word, [])

    change = synonyms(nearest)
    after = change(ENGLISH, 1.0, 0)
    assert after == "A" + ENGLISH[3:].replace("little", "small").replace("water", "rain")
    assert change(ENGLISH, 0, 0) == ENGLISH == synonyms(lambda _: [])(ENGLISH, 1.0, 0)
    assert synonyms(lambda word: ["需"] if word == "需要" else [])(CHINESE, 0.5, 0) == (
        CHINESE.replace("需要", "需")
    )
    tokens = token_synonyms(nearest)(("The", "little", ","), 1.0, 0)
    assert tokens == ("A", "small", ",")


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
