"""Whether a step may change the weights, judged by its loss and the norm of its gradient.

In: two numbers a step, the same on every process. Out: accept, skip, or stop after too many skips
in a row. The rule of OLMo-core's `SkipStepOptimizer` (a step is skipped whose loss or gradient norm
is more than six standard deviations above the mean of the last 128), mended: only values that are
finite and accepted enter the window, and the window is part of the checkpoint, so that a resumed
run decides as an uninterrupted one. Knows no tensors.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks
from yanmo.training.guards_config import GuardsConfig

MIN_LOSS_RATIO = 1.1
"""A loss below so many times the mean of its window is never a spike, however flat the window."""
MIN_GRAD_NORM_RATIO = 5.0
"""The same for the gradient norm, whose distribution has a long tail in healthy runs, and which
clipping bounds anyway."""
EARLY_GRAD_NORM_RATIO = 100.0
"""Before the window can judge, a gradient norm above so many times the largest one is absurd."""


class Cause(StrEnum):
    """Why a step is not accepted."""

    NOT_FINITE = "not_finite"
    EXPLODED = "exploded"
    LOSS_SPIKE = "loss_spike"
    GRAD_NORM_SPIKE = "grad_norm_spike"


SPIKES = (Cause.LOSS_SPIKE, Cause.GRAD_NORM_SPIKE)


@dataclass(frozen=True)
class Verdict:
    """What is done with a step.

    Attributes:
        cause: why it is not accepted; None where it is.
        must_stop: whether the run ends here.
        limit: the largest loss, or gradient norm, that would have been accepted.
        num_in_a_row: steps skipped one after another, this one included.
    """

    cause: Cause | None = None
    must_stop: bool = False
    limit: float = math.inf
    num_in_a_row: int = 0

    @property
    def is_accepted(self) -> bool:
        """Whether the weights may change."""
        return self.cause is None


ACCEPTED = Verdict()


class SpikeGuard:
    """Judges one step after another.

    Attributes:
        num_skipped: steps skipped in the whole run.
    """

    def __init__(self, config: GuardsConfig) -> None:
        self._config = config
        self._losses: deque[float] = deque(maxlen=config.window)
        self._grad_norms: deque[float] = deque(maxlen=config.window)
        self._first_loss: float | None = None
        self._num_in_a_row = 0
        self.num_skipped = 0

    def judge(self, loss: float, grad_norm: float) -> Verdict:
        """Decide over a step with this loss and this norm of the gradient before clipping.

        The same numbers after the same history give the same verdict: call it on every process with
        what `agree` returns.
        """
        cause, limit = self._cause_of(loss, grad_norm)
        if cause is None:
            self._losses.append(loss)
            self._grad_norms.append(grad_norm)
            self._first_loss = loss if self._first_loss is None else self._first_loss
            self._num_in_a_row = 0
            return ACCEPTED
        self.num_skipped += 1
        self._num_in_a_row += 1
        is_forbidden = cause is Cause.NOT_FINITE and self._config.non_finite == "stop"
        must_stop = is_forbidden or self._num_in_a_row > self._config.max_skipped_in_a_row
        return Verdict(cause, must_stop, limit, self._num_in_a_row)

    def state(self) -> dict[str, Any]:
        """Everything that later verdicts depend on, as JSON numbers."""
        return {
            "losses": list(self._losses),
            "grad_norms": list(self._grad_norms),
            "first_loss": self._first_loss,
            "num_in_a_row": self._num_in_a_row,
            "num_skipped": self.num_skipped,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave; of a longer window the newest values are kept."""
        self._losses = deque(state["losses"], maxlen=self._config.window)
        self._grad_norms = deque(state["grad_norms"], maxlen=self._config.window)
        self._first_loss = state["first_loss"]
        self._num_in_a_row = state["num_in_a_row"]
        self.num_skipped = state["num_skipped"]

    def numbers(self, loss: float, grad_norm: float) -> str:
        """The numbers that a verdict rests on, for a message."""
        return t(
            "loss {loss:.4g} (first {first:.4g}, mean of the last {count}: {mean:.4g}), gradient"
            " norm {norm:.4g} (mean {mean_norm:.4g})",
            loss=loss,
            first=math.nan if self._first_loss is None else self._first_loss,
            count=len(self._losses),
            mean=_mean(self._losses),
            norm=grad_norm,
            mean_norm=_mean(self._grad_norms),
        )

    def _cause_of(self, loss: float, grad_norm: float) -> tuple[Cause | None, float]:
        """What is wrong with the step, and the limit that it is above."""
        config = self._config
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            return Cause.NOT_FINITE, math.inf
        # A first batch without any target has loss 0, which says nothing of later ones.
        if config.max_loss_ratio is not None and self._first_loss:
            limit = config.max_loss_ratio * self._first_loss
            if loss > limit:
                return Cause.EXPLODED, limit
        if config.max_sigmas is None or not self._losses:
            return None, math.inf
        if len(self._losses) < config.window // 2:
            limit = EARLY_GRAD_NORM_RATIO * max(self._grad_norms)
            is_absurd = 0.0 < limit < grad_norm
            return (Cause.GRAD_NORM_SPIKE, limit) if is_absurd else (None, math.inf)
        limit = _limit(self._losses, config.max_sigmas, MIN_LOSS_RATIO)
        if loss > limit:
            return Cause.LOSS_SPIKE, limit
        limit = _limit(self._grad_norms, config.max_sigmas, MIN_GRAD_NORM_RATIO)
        return (Cause.GRAD_NORM_SPIKE, limit) if grad_norm > limit else (None, math.inf)


def agree(ranks: Ranks, *values: float) -> list[float]:
    """The largest of each value over all processes, infinite where one of them is not finite.

    One all-reduce; afterwards every process holds the same bits, and so comes to the same verdict.
    """
    return ranks.max([value if math.isfinite(value) else math.inf for value in values])


def describe(cause: Cause) -> str:
    """What happened, in words."""
    if cause is Cause.NOT_FINITE:
        return t("the loss or its gradient is not a finite number")
    if cause is Cause.EXPLODED:
        return t("the loss has exploded")
    if cause is Cause.LOSS_SPIKE:
        return t("the loss is far above that of the steps before")
    return t("the gradient is far larger than that of the steps before")


def _mean(values: deque[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def _limit(values: deque[float], max_sigmas: float, min_ratio: float) -> float:
    mean = _mean(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
    return max(mean + max_sigmas * math.sqrt(variance), min_ratio * mean)
