"""Whether probabilities mean what they say: calibration error, Brier score and log loss.

In come names of classes and rows of probabilities, one for each class in a fixed order. Lower is
better in all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import Metric, SummedMetric, ratio


@dataclass(frozen=True)
class CalibrationError(SummedMetric):
    """Expected calibration error of the most probable class (Guo et al. 2017, eq. 5).

    Args:
        labels: the classes, in the order of the columns of the probabilities.
        num_bins: bins of equal width over 0..1; each holds its upper end.
    """

    labels: tuple[str, ...]
    num_bins: int = 15
    name: str = "calibration_error"
    is_higher_better: bool = False

    @property
    def signature(self) -> str:
        """How many bins."""
        return f"most probable class, {self.num_bins} bins of equal width"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, bins + 1): hit minus confidence in the item's bin, and a one."""
        probs = _as_probs(predicted, self.labels)
        confidence = probs.max(axis=1)
        is_hit = probs.argmax(axis=1) == _places(gold, self.labels)
        edges = np.linspace(0, 1, self.num_bins + 1)
        bins = np.clip(np.searchsorted(edges, confidence) - 1, 0, self.num_bins - 1)
        rows = np.zeros((len(gold), self.num_bins + 1))
        rows[np.arange(len(gold)), bins] = is_hit - confidence
        rows[:, -1] = 1
        return rows

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gaps of the bins, weighted with their items: the sum of |hits - confidence| by n."""
        return ratio(np.abs(sums[..., :-1]).sum(axis=-1), sums[..., -1])


@dataclass(frozen=True)
class BrierScore(SummedMetric):
    """Mean squared distance of the probabilities from the truth over all classes (Brier 1950)."""

    labels: tuple[str, ...]
    name: str = "brier"
    is_higher_better: bool = False
    signature: str = "sum over all classes, 0 to 2"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 2): the squared distance, and a one."""
        probs = _as_probs(predicted, self.labels)
        truth = np.eye(len(self.labels))[_places(gold, self.labels)]
        return np.stack([((probs - truth) ** 2).sum(axis=1), np.ones(len(probs))], axis=1)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean."""
        return ratio(sums[..., 0], sums[..., 1])


@dataclass(frozen=True)
class LogLoss(SummedMetric):
    """Mean of -ln p of the true class, in nats; probabilities below 1e-15 count as that."""

    labels: tuple[str, ...]
    name: str = "log_loss"
    is_higher_better: bool = False
    signature: str = "nats, probabilities clipped at 1e-15"

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 2): nats, and a one."""
        probs = _as_probs(predicted, self.labels)
        chosen = probs[np.arange(len(probs)), _places(gold, self.labels)]
        nats = -np.log(np.clip(chosen, 1e-15, 1.0))
        return np.stack([nats, np.ones(len(probs))], axis=1)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean."""
        return ratio(sums[..., 0], sums[..., 1])


def calibration_metrics(labels: Sequence[str]) -> tuple[Metric, ...]:
    """All three, for probabilities over `labels`."""
    names = tuple(labels)
    return (CalibrationError(names), BrierScore(names), LogLoss(names))


def _places(gold: Sequence[Any], labels: Sequence[str]) -> NDArray[np.int64]:
    place = {name: index for index, name in enumerate(labels)}
    return np.array([place[str(name)] for name in gold], dtype=np.int64)


def _as_probs(predicted: Any, labels: Sequence[str]) -> NDArray[np.float64]:
    probs = np.asarray(predicted, dtype=np.float64)
    assert probs.ndim == 2 and probs.shape[1] == len(labels), "one probability for each class"
    return probs
