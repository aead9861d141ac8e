"""The noise scale of gradients whose noise is known is found again."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.training.noise_scale import NoiseEstimate, estimate_noise, measure_noise, noise_scale


def estimates_of(
    sizes: list[int], *, gradient: float, noise: float, count: int
) -> list[NoiseEstimate]:
    """Of `count` batches of tokens with gradients `gradient` + noise, in 50 dimensions."""
    generator = np.random.default_rng(0)
    true = np.zeros(50)
    true[0] = gradient
    found = []
    for _ in range(count):
        parts = [true + noise * generator.standard_normal((size, 50)) for size in sizes]

        def norm_of(numbers: object, parts: list[np.ndarray] = parts) -> float:
            tokens = np.concatenate([parts[number] for number in numbers])  # type: ignore[attr-defined]
            return float(np.linalg.norm(tokens.mean(axis=0)))

        found.append(measure_noise(sizes, norm_of))
    return found


@pytest.mark.parametrize("sizes", [[8, 8], [4, 4, 4, 4], [3, 9, 6]])
def test_known_noise_scale_is_found(sizes: list[int]) -> None:
    found = estimates_of(sizes, gradient=1.0, noise=0.5, count=1500)
    # The trace of the covariance is 50 * 0.25, the squared gradient 1.
    assert np.mean([estimate.trace for estimate in found]) == pytest.approx(12.5, rel=0.03)
    assert np.mean([e.squared_gradient for e in found]) == pytest.approx(1.0, rel=0.1)
    assert noise_scale(found) == pytest.approx(12.5, rel=0.1)


def test_gradient_without_noise_needs_no_large_batch() -> None:
    estimate = estimate_noise([4, 4], [2.0, 2.0], 2.0)
    assert estimate == NoiseEstimate(trace=0.0, squared_gradient=4.0)
    assert noise_scale([estimate]) is None


def test_noise_without_gradient_gives_no_scale() -> None:
    found = estimates_of([2, 2], gradient=0.0, noise=1.0, count=1)
    assert noise_scale([NoiseEstimate(trace=50.0, squared_gradient=-0.5)]) is None
    assert noise_scale([]) is None
    assert found[0].trace > 0
