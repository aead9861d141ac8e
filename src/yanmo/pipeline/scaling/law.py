"""The scaling law L(N, D) = E + A / N^a + B / D^b: fitted to runs, and used to predict others.

Comes in: parameters, tokens and losses (nats per token) of finished runs. Goes out: the law, its
predictions and their intervals. Knows nothing of models and files.

Hoffmann et al. 2022 ("Training Compute-Optimal Large Language Models", section 3.3, equation 3):
the Huber loss (delta 1e-3) of the logarithms, minimised from a grid of starts. They use L-BFGS;
with five unknowns and few runs all starts fit into one batch of small linear systems, so here it
is Levenberg-Marquardt on the same loss, by iteratively reweighted least squares.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HUBER_DELTA = 1e-3
MIN_RUNS = 6
"""Five numbers are fitted; with fewer runs nothing is left to judge the fit by."""
MAX_EXPONENT = 1.5
"""Steeper than any law that was ever measured; keeps few runs from being fitted by a step."""
_ITERATIONS = 150
_FLOOR_PARTS = (0.2, 0.5, 0.8, 0.95)
_EXPONENTS = (0.1, 0.3, 0.6, 1.0)
_SIZE_PARTS = (0.2, 0.5, 0.8)


@dataclass(frozen=True)
class ScalingLaw:
    """The five numbers. `floor` is E, `size_factor` A, `size_exponent` a, `token_factor` B and
    `token_exponent` b; `huber_loss` is what the fit was left with."""

    floor: float
    size_factor: float
    size_exponent: float
    token_factor: float
    token_exponent: float
    huber_loss: float = 0.0

    def loss(self, num_params: float, tokens: float) -> float:
        """The loss of a run with `num_params` parameters and `tokens` training tokens."""
        by_size = self.size_factor * math.pow(num_params, -self.size_exponent)
        by_length = self.token_factor * math.pow(tokens, -self.token_exponent)
        return self.floor + by_size + by_length


@dataclass(frozen=True)
class Prediction:
    """A loss, and the interval in which that of a new run lies 95 times in 100."""

    loss: float
    low: float
    high: float


def fit_law(
    num_params: Sequence[float], tokens: Sequence[float], losses: Sequence[float]
) -> ScalingLaw:
    """The law that fits best; at least `MIN_RUNS` runs, of two sizes and two lengths."""
    data = _Data.of(num_params, tokens)
    logs = np.log(np.asarray(losses, dtype=np.float64))
    starts = _starts(float(np.min(losses)))
    found, costs = _minimise(starts, data, np.broadcast_to(logs, (len(starts), logs.size)))
    best = int(np.argmin(costs))
    return data.law(found[best], float(costs[best]))


def predict(
    law: ScalingLaw,
    num_params: Sequence[float],
    tokens: Sequence[float],
    losses: Sequence[float],
    *,
    target: tuple[float, float],
    num_samples: int = 400,
    seed: int = 0,
) -> Prediction:
    """What `law` says of the run `target` (parameters, tokens), with an interval by the bootstrap.

    The residuals of the fit, widened for the five numbers that were fitted, are drawn anew around
    the law, a law is fitted to each such set, and a residual is added to what it predicts: with few
    runs whole runs cannot be drawn anew without losing a size or a length.
    """
    data = _Data.of(num_params, tokens)
    fitted = np.log([law.loss(n, d) for n, d in zip(num_params, tokens, strict=True)])
    logs = np.log(np.asarray(losses, dtype=np.float64))
    residuals = (logs - fitted) * math.sqrt(logs.size / max(1, logs.size - 5))
    random = np.random.default_rng(seed)
    drawn = fitted + random.choice(residuals, size=(num_samples, logs.size))
    starts = np.broadcast_to(data.unknowns(law), (num_samples, 5)).copy()
    found, costs = _minimise(starts, data, drawn)
    predicted = np.array(
        [
            math.log(data.law(row, float(cost)).loss(*target))
            for row, cost in zip(found, costs, strict=True)
        ]
    ) + random.choice(residuals, size=num_samples)
    low, high = np.exp(np.quantile(predicted, [0.025, 0.975]))
    centre = law.loss(*target)
    return Prediction(centre, min(float(low), centre), max(float(high), centre))


@dataclass(frozen=True)
class _Data:
    """Logarithms of sizes and lengths about their means, where unknowns hardly hang together."""

    sizes: Floats
    lengths: Floats
    size_centre: float
    length_centre: float

    @staticmethod
    def of(num_params: Sequence[float], tokens: Sequence[float]) -> _Data:
        sizes = np.log(np.asarray(num_params, dtype=np.float64))
        lengths = np.log(np.asarray(tokens, dtype=np.float64))
        return _Data(
            sizes - sizes.mean(),
            lengths - lengths.mean(),
            float(sizes.mean()),
            float(lengths.mean()),
        )

    def law(self, unknowns: Floats, cost: float) -> ScalingLaw:
        floor, size, size_exponent, token, token_exponent = map(float, unknowns)
        return ScalingLaw(
            floor=math.exp(floor),
            size_factor=math.exp(size + size_exponent * self.size_centre),
            size_exponent=size_exponent,
            token_factor=math.exp(token + token_exponent * self.length_centre),
            token_exponent=token_exponent,
            huber_loss=cost,
        )

    def unknowns(self, law: ScalingLaw) -> Floats:
        return np.array(
            [
                math.log(law.floor),
                math.log(law.size_factor) - law.size_exponent * self.size_centre,
                law.size_exponent,
                math.log(law.token_factor) - law.token_exponent * self.length_centre,
                law.token_exponent,
            ]
        )


def _starts(lowest: float) -> Floats:
    """Starts (number, 5): the part of the lowest loss that is the floor, how the rest is shared
    between size and length at the middle of the data, and both exponents."""
    rows = []
    for part, share, a, b in itertools.product(_FLOOR_PARTS, _SIZE_PARTS, _EXPONENTS, _EXPONENTS):
        rest = lowest * (1.0 - part) + 0.1
        rows.append(
            [
                math.log(lowest * part),
                math.log(rest * share),
                a,
                math.log(rest * (1.0 - share)),
                b,
            ]
        )
    return np.array(rows)


def _minimise(starts: Floats, data: _Data, logs: Floats) -> tuple[Floats, Floats]:
    """Minimise the Huber loss of every row of `logs` (number, runs) from the same row of `starts`:
    the unknowns (number, 5) and what is left (number,)."""
    unknowns = starts.copy()
    damping = np.full(len(starts), 1e-2)
    residuals, slopes = _residuals(unknowns, data, logs)
    costs = _huber(residuals)
    for _ in range(_ITERATIONS):
        weights = 1.0 / np.maximum(1.0, np.abs(residuals) / HUBER_DELTA)
        weighted = slopes * weights[:, :, None]
        curvature = np.einsum("sri,srj->sij", weighted, slopes)
        gradient = np.einsum("sri,sr->si", weighted, residuals)
        scale = np.einsum("sii->si", curvature) + 1e-9
        system = curvature + damping[:, None, None] * scale[:, :, None] * np.eye(5)
        steps = np.linalg.solve(system, gradient[:, :, None])[:, :, 0]
        tried = unknowns - steps
        tried[:, [2, 4]] = np.clip(tried[:, [2, 4]], 1e-3, MAX_EXPONENT)
        tried[:, [0, 1, 3]] = np.clip(tried[:, [0, 1, 3]], -20.0, 20.0)
        new_residuals, new_slopes = _residuals(tried, data, logs)
        new_costs = _huber(new_residuals)
        is_better = new_costs < costs
        if not is_better.any() and (damping > 1e3).all():
            break
        unknowns[is_better] = tried[is_better]
        residuals[is_better], slopes[is_better] = new_residuals[is_better], new_slopes[is_better]
        costs[is_better] = new_costs[is_better]
        damping = np.clip(np.where(is_better, damping / 3.0, damping * 4.0), 1e-9, 1e6)
    return unknowns, costs


def _residuals(unknowns: Floats, data: _Data, logs: Floats) -> tuple[Floats, Floats]:
    """Predicted minus measured logarithms (number, runs), and their slopes (number, runs, 5)."""
    floor, size, size_exponent, token, token_exponent = unknowns.T[:, :, None]
    by_size = np.exp(size - size_exponent * data.sizes)
    by_length = np.exp(token - token_exponent * data.lengths)
    by_floor = np.exp(floor) * np.ones_like(by_size)
    total = by_floor + by_size + by_length
    slopes = np.stack(
        [by_floor, by_size, -data.sizes * by_size, by_length, -data.lengths * by_length], axis=-1
    )
    return np.log(total) - logs, slopes / total[:, :, None]


def _huber(residuals: Floats) -> Floats:
    """The Huber loss of each row."""
    sizes = np.abs(residuals)
    inside = np.minimum(sizes, HUBER_DELTA)
    return np.asarray((inside * (sizes - 0.5 * inside)).sum(axis=1))
