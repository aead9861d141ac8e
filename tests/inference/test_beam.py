"""Beam search by itself: when it stops, and what one beam is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
import torch

from yanmo.inference.beam import BeamSettings, length_divisor, write_with_beam
from yanmo.inference.open_rows import OpenRows
from yanmo.inference.writing import write_ids
from yanmo.inference.writing_config import BeamStop, WritingConfig
from yanmo.inference.writing_rules import WritingRules

STOP = 2


class ScriptedRows:
    """Rows of a model that is a function from the tokens so far to probabilities."""

    def __init__(self, probabilities: Callable[[tuple[int, ...]], Sequence[float]]) -> None:
        self._probabilities = probabilities
        self._rows: list[tuple[int, ...]] = [()]
        self.num_steps = 0

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        self.num_steps += 1
        rows = zip(self._rows, tokens.tolist(), strict=True)
        self._rows = [(*row, *new) for row, new in rows]
        return torch.tensor([self._probabilities(row[1:]) for row in self._rows]).log()

    def select(self, rows: torch.Tensor) -> None:
        self._rows = [self._rows[row] for row in rows.tolist()]


def long_is_better(written: tuple[int, ...]) -> Sequence[float]:
    """Two short texts end early; nine zeros are less probable than either, but not for each
    token."""
    if not written:
        return [0.3, 0.2, 0.5]
    if written[0] == 1:
        return [0.005, 0.005, 0.99]
    return [0.95, 0.0, 0.05] if len(written) < 9 else [0.005, 0.005, 0.99]


def search(beam_stop: BeamStop, length_penalty: float = 1.0) -> tuple[Any, int]:
    rows = ScriptedRows(long_is_better)
    settings = BeamSettings(2, length_penalty, beam_stop)
    rules = WritingRules(frozenset({STOP}))
    found = write_with_beam(cast(OpenRows, rows), [[7]], [20], rules, settings)
    return found[0], rows.num_steps


def test_a_full_beam_stops_at_its_second_end_and_a_settled_one_waits_for_the_better() -> None:
    full, num_full_steps = search("full")
    settled, num_settled_steps = search("settled")
    assert (full.ids, num_full_steps) == ((), 2)
    assert settled.ids == (0,) * 9
    assert num_settled_steps > num_full_steps
    values = [one.log_prob / length_divisor(len(one.ids) + 1, 1.0) for one in (full, settled)]
    assert values[0] == pytest.approx(math.log(0.5))
    assert values[1] > values[0]


def test_without_a_penalty_a_beam_is_settled_at_once() -> None:
    found, num_steps = search("settled", length_penalty=0.0)
    assert (found.ids, num_steps) == ((), 1)


def test_the_divisor_is_that_of_wu_et_al() -> None:
    assert length_divisor(1, 0.6) == 1.0
    assert length_divisor(19, 1.0) == pytest.approx(4.0)
    assert length_divisor(19, 0.0) == 1.0


def test_one_beam_is_greedy_whatever_length_costs(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=32)
    prompts = [[1, 2, 3], [4, 5, 6], [7, 7, 7], [9, 1, 9]]
    written = write_ids(model, prompts, WritingConfig(max_new_tokens=9))
    rules = WritingRules(frozenset({written[0].ids[5], written[2].ids[3]}))
    with torch.inference_mode():
        found = write_with_beam(
            OpenRows(model, 4, 32), prompts, [9] * 4, rules, BeamSettings(1, 1.0, "full")
        )
    greedy = write_ids(model, prompts, WritingConfig(max_new_tokens=9), stop_ids=rules.stop_ids)
    assert [one.ids for one in found] == [one.ids for one in greedy]
    assert any(not one.is_cut for one in found)
    for one, other in zip(found, greedy, strict=True):
        assert one.log_prob == pytest.approx(other.log_prob, abs=1e-5)
