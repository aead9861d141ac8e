"""A budget of seconds is kept although the probe was wrong and the machine changes its pace."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from yanmo.pipeline.compare.pacing import Pacer


def finish(pacer: Pacer, seconds_of: Callable[[int], float], begin: int = 0) -> tuple[int, float]:
    """Take steps until the pacer says that it is enough; how many, and the seconds they took."""
    training_s = sum(seconds_of(step) for step in range(begin))
    for step in itertools.count(begin + 1):
        training_s += seconds_of(step - 1)
        if pacer(step, training_s) <= step:
            return step, training_s
    raise AssertionError("unreachable")


@pytest.mark.parametrize("step_s", [0.1, 0.2, 0.4, 1.0])
def test_a_wrong_probe_is_corrected(step_s: float) -> None:
    kept: list[int] = []
    pacer = Pacer(60.0, 300, 300, kept.append)  # 300 steps of 0.2 s
    steps, training_s = finish(pacer, lambda _: step_s)
    assert training_s == pytest.approx(60.0, abs=2 * step_s)
    assert steps == (kept[-1] if kept else 300)
    assert bool(kept) == (step_s != 0.2), "a right number is left alone"


def test_a_machine_that_slows_down_or_speeds_up_is_followed() -> None:
    for later in (0.1, 0.3):
        pacer = Pacer(60.0, 300, 300, lambda _: None)
        _, training_s = finish(pacer, lambda step, later=later: 0.2 if step < 100 else later)
        assert training_s == pytest.approx(60.0, rel=0.02)


def test_steps_are_never_fewer_than_those_done() -> None:
    pacer = Pacer(1.0, 100, 100, lambda _: None)
    steps, _ = finish(pacer, lambda _: 10.0)  # a hundred times as slow as promised
    assert steps <= 12


def test_an_interrupted_run_goes_on_with_what_was_written_down() -> None:
    kept: list[int] = [300]
    whole, _ = finish(Pacer(60.0, 300, 300, kept.append), lambda _: 0.4)
    again, training_s = finish(Pacer(60.0, kept[-1], 300, kept.append), lambda _: 0.4, begin=70)
    assert again == pytest.approx(whole, abs=1)
    assert training_s == pytest.approx(60.0, abs=1.0)


def test_a_plan_of_few_steps_ends() -> None:
    for planned in (1, 2, 5):
        steps, _ = finish(Pacer(1.0, planned, planned, lambda _: None), lambda _: 0.3)
        assert 1 <= steps <= 5
