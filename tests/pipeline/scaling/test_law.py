"""The law is found again from runs that follow it, and its interval holds what comes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from yanmo.pipeline.scaling.law import HUBER_DELTA, ScalingLaw, fit_law, predict

CHINCHILLA = ScalingLaw(1.69, 406.4, 0.34, 410.7, 0.28)
"""Hoffmann et al. 2022, equation 10."""


def runs_of(law: ScalingLaw, noise: float, seed: int = 0) -> tuple[list[float], ...]:
    random = np.random.default_rng(seed)
    pairs = list(itertools.product((2e7, 8e7, 3e8, 1.2e9), (4e8, 2e9, 1e10, 5e10)))
    sizes, tokens = [n for n, _ in pairs], [d for _, d in pairs]
    losses = [law.loss(n, d) * float(np.exp(noise * random.normal())) for n, d in pairs]
    return sizes, tokens, losses


def test_the_law_is_found_again_from_runs_that_follow_it() -> None:
    found = fit_law(*runs_of(CHINCHILLA, noise=0.0))
    assert found.floor == pytest.approx(CHINCHILLA.floor, rel=1e-3)
    assert found.size_exponent == pytest.approx(CHINCHILLA.size_exponent, rel=1e-3)
    assert found.token_exponent == pytest.approx(CHINCHILLA.token_exponent, rel=1e-3)
    assert found.huber_loss < 1e-10


def test_it_is_the_minimum_that_another_optimiser_finds() -> None:
    sizes, tokens, losses = runs_of(CHINCHILLA, noise=0.004)
    found = fit_law(sizes, tokens, losses)

    def huber(unknowns: np.ndarray) -> float:
        e, a, x, b, y = unknowns
        logs = [
            np.logaddexp.reduce([e, a - x * np.log(n), b - y * np.log(d)])
            for n, d in zip(sizes, tokens, strict=True)
        ]
        away = np.abs(np.array(logs) - np.log(losses))
        inside = np.minimum(away, HUBER_DELTA)
        return float((inside * (away - 0.5 * inside)).sum())

    starts = itertools.product((0.0, 0.7), (5.0, 8.0), (0.3, 0.5), (5.0, 8.0), (0.3, 0.5))
    others = [minimize(huber, start, method="L-BFGS-B").fun for start in starts]
    assert found.huber_loss <= min(others) * (1 + 1e-3)


def test_one_run_that_went_wrong_does_not_move_the_law() -> None:
    sizes, tokens, losses = runs_of(CHINCHILLA, noise=0.0005)
    losses[5] *= 1.3
    found = fit_law(sizes, tokens, losses)
    target = (5e9, 2e11)
    assert found.loss(*target) == pytest.approx(CHINCHILLA.loss(*target), rel=0.01)


def test_the_interval_holds_the_run_that_was_not_fitted() -> None:
    target, noise = (2.4e9, 1e11), 0.003
    random = np.random.default_rng(7)
    inside = 0
    for seed in range(8):
        runs = runs_of(CHINCHILLA, noise, seed)
        law = fit_law(*runs)
        said = predict(law, *runs, target=target, num_samples=60, seed=seed)
        assert said.low <= said.loss <= said.high
        real = CHINCHILLA.loss(*target) * float(np.exp(noise * random.normal()))
        inside += said.low <= real <= said.high
        assert said.high / said.low < 1.1
    assert inside >= 6
