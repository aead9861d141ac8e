"""Intervals for means over texts, by the bootstrap (Efron and Tibshirani 1993, chapter 13).

In: one number for each text. Out: the mean and a 95% percentile interval. Paired differences are
formed by the caller, so that both sides are drawn together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean, and between what it lies."""

    mean: float
    low: float
    high: float


def mean_interval(values: npt.ArrayLike, seed: int = 0) -> Interval:
    """The mean of `values` (n,) with its interval; one value has itself for an interval."""
    numbers = np.asarray(values, np.float64)
    assert numbers.ndim == 1 and len(numbers), "a mean is of one number or more"
    draws = np.random.default_rng(seed).integers(len(numbers), size=(RESAMPLES, len(numbers)))
    means = numbers[draws].mean(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(numbers.mean()), float(low), float(high))
