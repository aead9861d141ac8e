"""The gradient noise scale: how large a batch still pays (McCandlish et al. 2018, "An empirical
model of large-batch training").

The gradients of parts of a batch are larger than that of the whole, by their noise. From the mean
squared norm of the parts and the squared norm of the whole follow, without bias, the squared norm
of the true gradient and the trace of the noise's covariance (appendix A.1 there); their ratio is
the batch at which noise and gradient are equal. Far smaller batches waste steps, far larger ones
waste tokens. One measurement is wild; sums over many are divided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yanmo.training.objectives.objective import NumpyBatch


@dataclass(frozen=True)
class NoiseEstimate:
    """Estimates from one batch, in tokens: both may be negative by chance.

    Attributes:
        trace: of the covariance of the gradient of a single token's loss.
        squared_gradient: squared norm of the gradient of the true loss.
    """

    trace: float
    squared_gradient: float


def estimate_noise(
    part_sizes: Sequence[float], part_norms: Sequence[float], whole_norm: float
) -> NoiseEstimate:
    """Estimates from norms of gradients of mean losses.

    Args:
        part_sizes: tokens of each part, two parts at least.
        part_norms: norm of the gradient of each part's mean loss.
        whole_norm: norm of the gradient of the mean loss of all parts together.
    """
    assert len(part_sizes) >= 2, "a part has to be smaller than the whole"
    # Parts of unequal size: the mean of their inverse sizes takes the place of 1 / B_small.
    inverse_small = math.fsum(1.0 / size for size in part_sizes) / len(part_sizes)
    inverse_big = 1.0 / math.fsum(part_sizes)
    small = math.fsum(norm**2 for norm in part_norms) / len(part_norms)
    big = whole_norm**2
    trace = (small - big) / (inverse_small - inverse_big)
    squared_gradient = (inverse_small * big - inverse_big * small) / (inverse_small - inverse_big)
    return NoiseEstimate(trace, squared_gradient)


def noise_scale(estimates: Sequence[NoiseEstimate]) -> float | None:
    """The noise scale in tokens from all of `estimates`; None where they are too few to tell the
    gradient from the noise."""
    trace = math.fsum(estimate.trace for estimate in estimates)
    squared_gradient = math.fsum(estimate.squared_gradient for estimate in estimates)
    if not estimates or trace <= 0.0 or squared_gradient <= 0.0:
        return None
    return trace / squared_gradient


def in_parts(micro_batches: Sequence[NumpyBatch]) -> list[NumpyBatch]:
    """The micro-batches of a step, or two halves of the only one; none of its rows is lost."""
    if len(micro_batches) != 1:
        return list(micro_batches)
    (whole,) = micro_batches
    num_rows = len(next(iter(whole.values())))
    if num_rows < 2:
        return [whole]
    halves = (slice(0, num_rows // 2), slice(num_rows // 2, num_rows))
    return [{name: rows[half] for name, rows in whole.items()} for half in halves]


def measure_noise(
    part_sizes: Sequence[float], gradient_norm_of: Callable[[Sequence[int]], float]
) -> NoiseEstimate:
    """Estimates from one batch.

    Args:
        part_sizes: tokens of each part.
        gradient_norm_of: the norm of the gradient of the mean loss of some parts, by their numbers.
    """
    numbers = range(len(part_sizes))
    part_norms = [gradient_norm_of([number]) for number in numbers]
    return estimate_noise(part_sizes, part_norms, gradient_norm_of(list(numbers)))
