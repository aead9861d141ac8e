"""The learning rate over a run, by hand."""

from __future__ import annotations

import itertools
import math

import pytest

from yanmo.training.config import ScheduleConfig
from yanmo.training.schedule import learning_rate_factor


def factors(config: ScheduleConfig, num_steps: int) -> list[float]:
    return [learning_rate_factor(config, step, num_steps) for step in range(num_steps)]


def test_warmup_rises_linearly_to_the_peak() -> None:
    found = factors(ScheduleConfig(name="linear", warmup_steps=4), 10)
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]


def test_linear_ends_at_its_final_fraction() -> None:
    found = factors(ScheduleConfig(name="linear", warmup_steps=0, final_frac=0.1), 10)
    assert found[-1] == pytest.approx(0.1)
    gaps = {round(a - b, 9) for a, b in itertools.pairwise(found)}
    assert gaps == {0.09}


def test_cosine_is_half_way_down_in_the_middle() -> None:
    config = ScheduleConfig(name="cosine", warmup_steps=0)
    found = factors(config, 100)
    assert found[49] == pytest.approx(0.5)
    assert found[24] == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert found[-1] == pytest.approx(0.0)


def test_warmup_stable_decay_stays_at_the_peak_and_then_falls() -> None:
    found = factors(ScheduleConfig(warmup_steps=10, decay_frac=0.4), 100)
    assert set(found[9:60]) == {1.0}
    assert found[60] == pytest.approx(1 - 1 / 40)
    assert found[-1] == pytest.approx(0.0)
