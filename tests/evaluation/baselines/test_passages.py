"""Answers and choices by shared words, worked by hand."""

from __future__ import annotations

from yanmo.evaluation.baselines.passages import (
    longest_choice,
    nearest_sentence,
    nearest_window,
    sliding_window_choice,
)

PASSAGE = (
    "The town lies by the sea. The old bridge was built in 1887 by a French engineer. The town has"
    " many fish."
)
CHINESE = "小镇在海边。老桥由法国工程师于1887年建成。镇上有很多鱼。"


def test_the_nearest_sentence_shares_the_rare_words() -> None:
    assert nearest_sentence("When was the old bridge built?", PASSAGE).startswith("The old bridge")
    assert nearest_sentence("老桥是哪一年建成的？", CHINESE) == "老桥由法国工程师于1887年建成。"
    assert nearest_sentence("什么？", "") == ""


def test_the_window_lies_next_to_what_is_asked() -> None:
    said = nearest_window("When was the old bridge built?", PASSAGE, num_words=2)
    assert len(said.split()) == 2
    assert said in PASSAGE
    assert nearest_window("老桥是哪一年建成的？", CHINESE, num_words=2) in CHINESE
    assert nearest_window("q", "", num_words=2) == ""


def test_the_sliding_window_prefers_what_stands_together() -> None:
    passage = "Tom gave Mary a red apple. Later Ann ate a green pear in the garden."
    choices = ["the green pear", "the red apple", "a blue plum"]
    assert sliding_window_choice(passage, "What did Tom give Mary?", choices) == 1
    assert sliding_window_choice(passage, "What did Ann eat in the garden?", choices) == 0


def test_without_a_passage_choices_are_compared_with_the_question() -> None:
    assert sliding_window_choice("", "Which of these is made by bees?", ["by cows", "stone"]) == 0


def test_the_longest_choice_and_the_first_of_equals() -> None:
    assert longest_choice(["aa", "bbbb", "cccc"]) == 1
