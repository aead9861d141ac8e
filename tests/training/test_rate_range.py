"""The range test on functions whose good learning rates are known."""

from __future__ import annotations

import math

import pytest

from yanmo.training.rate_range import RatePoint, steepest_factor, sweep_rates


def test_rates_grow_exponentially_from_end_to_end() -> None:
    seen: list[float] = []

    def step(index: int, factor: float) -> float:
        assert index == len(seen)
        seen.append(factor)
        return 1.0

    found = sweep_rates(step, 1e-4, 1.0, 5)
    assert seen == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert not found.has_risen
    assert found.steepest is None
    assert found.suggestion is None


def test_gradient_descent_on_a_parabola_diverges_where_theory_says() -> None:
    """w <- w - lr w on w^2 / 2: falls until lr = 2, fastest at lr = 1 and below."""
    weight = 100.0

    def step(_index: int, factor: float) -> float:
        nonlocal weight
        loss = weight**2 / 2 + 1.0
        weight -= factor * weight
        return loss

    found = sweep_rates(step, 1e-4, 100.0, 120)
    assert found.has_risen
    assert found.points[-1].factor < 100.0
    assert found.suggestion == 0.1 * found.lowest < 2.0
    assert found.steepest is not None
    assert 0.005 < found.steepest < 1.0
    assert found.steepest < found.lowest


def test_range_without_a_rise_suggests_the_steepest_place() -> None:
    found = sweep_rates(lambda _, factor: 5.0 - 1.0 / (1.0 + 1.0 / factor), 1e-3, 1e3, 80)
    assert not found.has_risen
    assert found.suggestion == found.steepest
    assert found.suggestion is not None
    assert 0.5 < found.suggestion < 30.0


def test_loss_that_is_not_finite_ends_the_sweep() -> None:
    found = sweep_rates(lambda index, _: math.nan if index == 20 else 3.0 - 0.1 * index, 1, 10, 50)
    assert found.has_risen
    assert len(found.points) == 20


def test_steepest_fall_is_found_in_a_curve_drawn_by_hand() -> None:
    factors = [10 ** (index / 10) for index in range(60)]
    curve = [5.0 - 2.0 / (1.0 + math.exp(-4.0 * (math.log10(f) - 3.0))) for f in factors]
    points = [RatePoint(f, y, y) for f, y in zip(factors, curve, strict=True)]
    assert steepest_factor(points) == pytest.approx(1000.0, rel=0.01)
    assert steepest_factor(points[:5]) is None
