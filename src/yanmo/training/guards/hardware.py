"""When a run checks its hardware, and what becomes of a fault.

In: a function that measures the step's first micro-batch. Out: words about a fault that has passed,
or the error that ends the run where weights or results cannot be trusted. What counts as a fault is
in `rerun`.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.parallel.launch import LOST_PEERS
from yanmo.parallel.ranks import Ranks
from yanmo.training.guards.rerun import (
    GPU_TOLERANCE,
    Fault,
    Measurement,
    RerunReport,
    check_rerun,
    sum_weight_bits,
)


class HardwareError(RunError):
    """The machine computes or remembers wrongly; another attempt goes on from the last checkpoint,
    on other hardware perhaps."""

    exit_code = LOST_PEERS


class HardwareCheck:
    """Checks every so many steps, and the weights before every update.

    Args:
        model: or the part of it that is here.
        ranks: all processes of the run, which check together.
        device_type: a processor repeats itself bit for bit, a GPU within rounding.
        every: steps between checks; None does nothing at all.
    """

    def __init__(self, model: nn.Module, ranks: Ranks, device_type: str, every: int | None) -> None:
        self._model = model
        self._ranks = ranks
        self._tolerance = 0.0 if device_type == "cpu" else GPU_TOLERANCE
        self._every = every
        self._weight_bits: int | None = None

    def check(self, step: int, measure: Callable[[], Measurement]) -> list[str]:
        """Where it is time, measure twice; what to tell the user of a fault that has passed.

        Raises:
            HardwareError: a fault that has not.
        """
        if self._every is None or (step + 1) % self._every:
            return []
        if self._weight_bits is None:
            self.remember_weights()
        assert self._weight_bits is not None, "just remembered"
        report = check_rerun(
            measure, tolerance=self._tolerance, weight_bits=self._weight_bits, ranks=self._ranks
        )
        if report is None:
            return []
        if report.fault is Fault.TRANSIENT:
            return [t("step {step}: {what}", step=step, what=str(report))]
        raise _fault(step, report)

    def check_weights(self, step: int) -> None:
        """Compare the weights with those after the last update.

        Raises:
            HardwareError: they are others, on some process.
        """
        if self._every is None or self._weight_bits is None:
            return
        if self._ranks.any(sum_weight_bits(self._model) != self._weight_bits):
            raise _fault(step, RerunReport(Fault.WEIGHTS, ()))

    def remember_weights(self) -> None:
        """Take the weights as they are now for the right ones."""
        if self._every is not None:
            self._weight_bits = sum_weight_bits(self._model)


def _fault(step: int, report: RerunReport) -> HardwareError:
    return HardwareError(
        str(report),
        where=t("step {step}", step=step),
        hint=t(
            "Run the same command again: it goes on from the last checkpoint. If this comes back,"
            " the machine's memory or processor is faulty."
        ),
    )
