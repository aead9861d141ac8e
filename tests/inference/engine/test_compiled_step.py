"""The compiled step writes what the plain one writes, whoever is there."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.inference.engine.driving import Listener, greedy, written_plainly

from yanmo.inference.engine.compiled_step import CompiledStep
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import EngineRequest

PROMPTS = [[1, 2, 3], [5] * 30, [7, 8], [9, 1, 4, 4], [3] * 12]


def write(model: Any, config: EngineConfig) -> Listener:
    engine, listener = engine_of(model, None, config), Listener()
    for number, prompt in enumerate(PROMPTS):
        engine.submit(EngineRequest(tuple(prompt), greedy(20 + 10 * number)))
        listener.take(engine.step())
    listener.drain(engine)
    return listener


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
def test_a_step_of_fixed_shape_equals_one_of_just_the_rows(
    make_model: Any, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    model = make_model(family, max_seq_len=80)
    found = write(model, EngineConfig(num_slots=3, is_compiled=True))
    for number, prompt in enumerate(PROMPTS):
        expected = written_plainly(model, prompt, 20 + 10 * number)
        assert found.choices[number + 1, 0].ids == expected


@pytest.mark.nightly
def test_a_compiled_step_equals_one_of_just_the_rows(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=80)
    found = write(model, EngineConfig(num_slots=3, is_compiled=True))
    for number, prompt in enumerate(PROMPTS):
        expected = written_plainly(model, prompt, 20 + 10 * number)
        assert found.choices[number + 1, 0].ids == expected


def test_positions_are_rounded_up_so_that_there_are_few_shapes(
    make_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = set()
    score = CompiledStep._score

    def noting(self: Any, tokens: Any, places: Any, num_keys: int) -> Any:
        shapes.add((tuple(tokens.shape), num_keys))
        return score(self, tokens, places, num_keys)

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    monkeypatch.setattr(CompiledStep, "_score", noting)
    write(make_model("qwen3", max_seq_len=80), EngineConfig(num_slots=3, is_compiled=True))
    assert shapes == {((1, 3), 64), ((1, 3), 80)}
