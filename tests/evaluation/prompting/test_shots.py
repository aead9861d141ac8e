"""Examples in a prompt: drawn by seed, labels in turn, and only as many as fit."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.evaluation.prompting.stub_task import StubTask

from yanmo.core.errors import ConfigError
from yanmo.evaluation.prompting.config import PromptConfig
from yanmo.evaluation.prompting.shots import Prompts, draw_examples
from yanmo.evaluation.prompting.templates import template_of
from yanmo.tasks.example import PairExample, TextExample

PAIRS = [PairExample(str(number), f"source {number}", (f"target {number}",)) for number in range(9)]


def test_a_draw_is_fixed_by_its_seed_and_its_number() -> None:
    draws = [
        [one.id for one in draw_examples(PAIRS, 4, seed=seed, draw=draw)]
        for seed, draw in ((0, 0), (0, 0), (0, 1), (1, 0))
    ]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2] != draws[3] != draws[0]
    assert all(len(set(one)) == 4 for one in draws)


def test_labels_take_turns() -> None:
    # Ninety of one label, five of another and two of a third.
    labels = ["a"] * 90 + ["b"] * 5 + ["c"] * 2
    texts = [TextExample(str(place), "text", label=label) for place, label in enumerate(labels)]
    for draw in range(5):
        drawn = draw_examples(texts, 9, seed=3, draw=draw)
        assert len({one.id for one in drawn}) == 9
        assert sorted(Counter(one.label for one in drawn).values()) == [2, 3, 4]
    firsts = {draw_examples(texts, 9, seed=3, draw=draw)[0].label for draw in range(20)}
    assert firsts == {"a", "b", "c"}, "no label always comes first"


def test_too_few_examples_are_an_error() -> None:
    with pytest.raises(
        ConfigError, match="10 examples are to stand in the prompt, and there are 9"
    ):
        draw_examples(PAIRS, 10, seed=0, draw=0)


def test_examples_stand_above_what_is_asked() -> None:
    task = StubTask("translation", {"test": []}, target_language="de")
    template = template_of(task, PromptConfig())
    prompts = Prompts(template, PAIRS[:2], count_tokens=len, max_tokens=1000)
    prompt = prompts.of(PAIRS[5], 10)
    assert prompt.text == (
        "Translate from English into German.\n\n"
        "English: source 0\nGerman: target 0\n\n"
        "English: source 1\nGerman: target 1\n\n"
        "English: source 5\nGerman:"
    )
    assert prompt.bare == prompt.text.replace("English: source 5\n", "")
    assert prompt.num_left_out == 0


def test_a_prompt_without_room_loses_its_first_examples() -> None:
    task = StubTask("translation", {"test": []}, target_language="de")
    template = template_of(task, PromptConfig(instruction=""))
    whole = Prompts(template, PAIRS[:3], count_tokens=len, max_tokens=1000).of(PAIRS[5], 10)
    room = len(whole.text) + 10
    for missing, num_left_out in ((0, 0), (1, 1), (36, 1), (37, 2), (500, 3)):
        prompts = Prompts(template, PAIRS[:3], count_tokens=len, max_tokens=room - missing)
        prompt = prompts.of(PAIRS[5], 10)
        assert prompt.num_left_out == num_left_out
        assert whole.text.endswith(prompt.text)
        assert len(prompt.text) + 10 <= room - missing or num_left_out == 3
