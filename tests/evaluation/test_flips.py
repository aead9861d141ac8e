"""Flips: small edits that a search finds, how small they are, and what it asked to find them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from tests.evaluation.real_classifiers import LABELS, real_classifier

from yanmo.corpus.augmentation.look_alikes import similar_characters
from yanmo.evaluation.flips import _Edit, applied, find_flips

TEXT = "the plot is thin but the acting is truly great all along"


def has_great(texts: Sequence[str]) -> list[float]:
    return [1.0 if "great" in text else 0.0 for text in texts]


def by_score(gold: str, score: float) -> tuple[bool, float]:
    return ("pos" if score >= 0.5 else "neg") == gold, score if gold == "pos" else 1 - score


def shown(value: object) -> str:
    return value if isinstance(value, str) else ("pos" if float(str(value)) >= 0.5 else "neg")


def test_the_word_that_decides_is_edited_by_one_character() -> None:
    search = find_flips(has_great, [TEXT], ["pos"], judge=by_score, shown=shown, ids=["a"])
    (flip,) = search.flips
    assert (flip.id, flip.gold, flip.before, flip.after) == ("a", "pos", "pos", "neg")
    assert flip.num_edits == 1 and "great" not in flip.edited
    assert abs(len(flip.edited) - len(TEXT)) <= 1
    assert flip.edited.split()[:8] == TEXT.split()[:8], "the other words are left alone"
    assert flip.num_queries <= 12 + 4 * 8, "each word once, then the likeliest words"
    assert (search.num_attacked, search.num_flipped) == (1, 1)
    assert search.num_queries == 1 + flip.num_queries


def test_two_edits_are_found_where_one_is_not_enough() -> None:
    text = TEXT + " and a good score"

    def predict(texts: Sequence[str]) -> list[float]:
        return [0.4 * ("great" in each) + 0.4 * ("good" in each) + 0.2 for each in texts]

    search = find_flips(predict, [text], ["pos"], judge=by_score, shown=shown, max_edits=3)
    (flip,) = search.flips
    assert flip.num_edits == 2 and "great" not in flip.edited and "good" not in flip.edited
    one = find_flips(predict, [text], ["pos"], judge=by_score, shown=shown, max_edits=1)
    assert one.flips == () and one.num_flipped == 0 and one.num_attacked == 1


def test_edits_that_are_not_needed_are_taken_back() -> None:
    def predict(texts: Sequence[str]) -> list[float]:
        # Each letter of "film" seems to count for a little; "dull" decides alone.
        return [0.0 if "dull" not in each else 0.9 - 0.1 * ("film" not in each) for each in texts]

    # The word that decides stands behind a first group of words that all look more important.
    text = "film film film film dull"
    search = find_flips(predict, [text], ["pos"], judge=by_score, shown=shown)
    assert [flip.num_edits for flip in search.flips] == [1]


def test_the_budget_holds_and_a_firm_model_is_not_turned() -> None:
    asked = 0

    def firm(texts: Sequence[str]) -> list[str]:
        nonlocal asked
        asked += len(texts)
        return ["x"] * len(texts)

    long = " ".join(f"word{number}" for number in range(400))
    search = find_flips(firm, [long, TEXT, ""], ["x", "y", "x"], max_queries=90)
    assert search.num_flipped == 0 and search.num_attacked == 2, "the second was wrong already"
    assert asked == search.num_queries == 3 + 90


def test_chinese_is_edited_by_characters_and_replacements_come_in() -> None:
    def predict(texts: Sequence[str]) -> list[str]:
        return ["neg" if "未" in text or "末" in text else "pos" for text in texts]

    search = find_flips(predict, ["房间很大"], ["pos"], replacements=lambda c: "未" * (c == "大"))
    (flip,) = search.flips
    assert flip.edited == "房间很未" and flip.num_edits == 1


def test_edits_are_applied_from_the_back() -> None:
    edits = [_Edit(0, 1, ""), _Edit(4, 6, "ba"), _Edit(8, 9, "ZZ")]
    assert applied("0123456789", edits) == "123ba67ZZ9"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_real_model_is_turned_by_few_edits(
    shared_data: Path, language: Literal["en", "zh"]
) -> None:
    model = real_classifier(shared_data, language)

    def judge(gold: str, probs: Sequence[float]) -> tuple[bool, float]:
        place = LABELS.index(gold)
        return probs[place] > probs[1 - place], probs[place]

    search = find_flips(
        lambda texts: model.probs(texts).tolist(),
        model.texts,
        model.gold,
        judge=judge,
        shown=lambda value: value if isinstance(value, str) else LABELS[value[1] > value[0]],
        replacements=similar_characters,
        max_items=20,
        max_edits=3 if language == "en" else 6,  # Chinese reviews are five times as long
    )
    assert 10 <= search.num_attacked <= 20
    assert search.num_flipped >= 4
    assert search.num_queries <= 20 + 200 * search.num_attacked
    for flip in search.flips:
        assert 1 <= flip.num_edits <= search.max_edits and flip.before == flip.gold != flip.after
        assert model.predict([flip.edited]) == [flip.after]
