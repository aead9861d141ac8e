"""The learning-rate range test (Smith 2017, "Cyclical learning rates for training neural networks",
section 3.3): a short run in which the rate grows exponentially, from far too low to far too high.

A step comes in as a function of the factor that all rates are multiplied by. Out go the losses, the
rate at which the smoothed loss fell fastest, and the one at which it was lowest. Knows no model and
no data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SMOOTHING = 0.9
DIVERGED_RATIO = 1.5
"""The sweep ends when the smoothed loss is so many times the best one."""
RISEN_RATIO = 1.05
"""A loss that ends so many times above its lowest has been seen to rise."""
SAFE_PART = 0.1
"""Of the rate at which the loss was lowest: a peak for a whole run, which the sweep's single steps
overstate (the rule of fastai's `lr_find`, there called `minimum`)."""
_SLOPE_POINTS = 9
"""Points over which a slope is fitted: those of a single step are mostly noise."""


@dataclass(frozen=True)
class RatePoint:
    """One step: the factor on all learning rates, the loss before the update, and the mean of the
    losses so far, the latest weighing most."""

    factor: float
    loss: float
    smoothed_loss: float


@dataclass(frozen=True)
class RateRange:
    """What a sweep found, as factors. `steepest` is where the loss fell fastest, None where it
    never fell; `lowest` is where it was lowest; `has_risen` says whether it rose after that."""

    points: tuple[RatePoint, ...]
    steepest: float | None
    lowest: float
    has_risen: bool

    @property
    def suggestion(self) -> float | None:
        """A peak for a whole run; None where the loss never fell. Where it never rose, the end of
        the range says nothing, and the steepest place has to do."""
        if self.steepest is None or not self.has_risen:
            return self.steepest
        return SAFE_PART * self.lowest


def sweep_rates(
    step: Callable[[int, float], float], low: float, high: float, num_steps: int
) -> RateRange:
    """Train with factors from `low` to `high`, each the same multiple of the one before.

    Args:
        step: takes optimiser step number `index` (from 0) with a factor; gives the loss before it.
        num_steps: steps of the whole range; fewer are made when the loss has exploded.
    """
    assert 0 < low < high and num_steps >= 2, "a range has two ends"
    points: list[RatePoint] = []
    average = 0.0
    has_exploded = False
    for index in range(num_steps):
        factor = low * (high / low) ** (index / (num_steps - 1))
        loss = step(index, factor)
        if not math.isfinite(loss):
            has_exploded = True
            break
        average = SMOOTHING * average + (1.0 - SMOOTHING) * loss
        smoothed = average / (1.0 - SMOOTHING ** (index + 1))
        points.append(RatePoint(factor, loss, smoothed))
        if smoothed > DIVERGED_RATIO * min(point.smoothed_loss for point in points):
            break
    lowest = min(points, key=lambda point: point.smoothed_loss)
    before_lowest = points[: points.index(lowest) + 1]
    has_risen = has_exploded or points[-1].smoothed_loss > RISEN_RATIO * lowest.smoothed_loss
    return RateRange(tuple(points), steepest_factor(before_lowest), lowest.factor, has_risen)


def steepest_factor(points: Sequence[RatePoint]) -> float | None:
    """Where the smoothed loss falls fastest over the logarithm of the factor; None where the points
    are too few, or it falls nowhere. The slope is that of a line through neighbouring points."""
    reach = _SLOPE_POINTS // 2
    slopes = {}
    for middle in range(reach, len(points) - reach):
        near = points[middle - reach : middle + reach + 1]
        slopes[middle] = _slope(
            [math.log(point.factor) for point in near], [point.smoothed_loss for point in near]
        )
    if not slopes:
        return None
    best = min(slopes, key=slopes.__getitem__)
    return points[best].factor if slopes[best] < 0.0 else None


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Of the line of least squares."""
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    above = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return above / math.fsum((x - mean_x) ** 2 for x in xs)
