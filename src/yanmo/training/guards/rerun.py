"""Faulty hardware, found by computing the same thing twice.

In: a function that computes the loss and gradient of one micro-batch from the same seed and the
same weights, and a sum over the bits of the weights. Out: nothing, or which of them disagree. The
idea is Megatron-LM's "rerun state machine": a fault that a third run does not show is transient,
one that every run shows anew is not. Flipped bits of low weight stay within the rounding of a GPU
and are not seen there; a fault that strikes both runs alike is not seen at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import nn

from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks

GPU_TOLERANCE = 1e-4
"""Relative difference that a GPU's atomic additions explain; a processor repeats itself exactly."""
_VIEWS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class Fault(StrEnum):
    """What disagrees."""

    TRANSIENT = "transient"
    """One run of three; the other two agree, and nothing is lost."""
    PERSISTENT = "persistent"
    """All three runs: the machine cannot be trusted."""
    WEIGHTS = "weights"
    """The weights changed in memory, although no update was made."""


@dataclass(frozen=True)
class Measurement:
    """One run: loss, norm of the gradient, and the sum over the bits of the weights after it."""

    loss: float
    grad_norm: float
    weight_bits: int


@dataclass(frozen=True)
class RerunReport:
    """A fault that was seen, the same on every process, and this process's runs."""

    fault: Fault
    runs: tuple[Measurement, ...]

    def __str__(self) -> str:
        """What happened, with the numbers."""
        numbers = t("; ").join(
            t("loss {loss!r}, gradient norm {norm!r}", loss=run.loss, norm=run.grad_norm)
            for run in self.runs
        )
        if self.fault is Fault.WEIGHTS:
            what = t("the weights changed in memory, although no update was made")
        elif self.fault is Fault.PERSISTENT:
            what = t("the same computation gave another result each time")
        else:
            what = t("the same computation gave another result once; two of three runs agree")
        return t("{what}: {why}", what=what, why=numbers)


def check_rerun(
    measure: Callable[[], Measurement],
    *,
    tolerance: float,
    weight_bits: int,
    ranks: Ranks | None = None,
) -> RerunReport | None:
    """Compute twice, a third time where that disagrees; None where all is well everywhere.

    Args:
        measure: computes loss and gradient from the same seed; changes nothing.
        tolerance: relative difference that counts as equal; 0 asks for the same bits.
        weight_bits: what `sum_weight_bits` gave after the last update.
        ranks: processes that call this together and get the same kind of report.
    """
    ranks = ranks or Ranks.alone()
    runs = [measure(), measure()]
    has_changed = any(run.weight_bits != weight_bits for run in runs)
    if not ranks.any(has_changed or not _is_same(runs[0], runs[1], tolerance)):
        return None
    runs.append(measure())
    fault = _fault_of(runs, tolerance, weight_bits)
    order = list(Fault)
    (worst,) = ranks.max([float(order.index(fault))])
    return RerunReport(order[int(worst)], tuple(runs))


def sum_weight_bits(model: nn.Module) -> int:
    """The weights of this process as integers, summed modulo 2**64: one flipped bit changes it."""
    total = 0
    for parameter in model.parameters():
        tensor = parameter.detach()
        to_local = getattr(tensor, "to_local", None)
        part = tensor if to_local is None else to_local()
        total += int(part.view(_VIEWS[part.element_size()]).sum(dtype=torch.int64).item())
    return total % (1 << 64)


def _fault_of(runs: Sequence[Measurement], tolerance: float, weight_bits: int) -> Fault:
    if any(run.weight_bits != weight_bits for run in runs):
        return Fault.WEIGHTS
    first, second, third = runs
    agrees = _is_same(third, first, tolerance) or _is_same(third, second, tolerance)
    return Fault.TRANSIENT if agrees else Fault.PERSISTENT


def _is_same(one: Measurement, other: Measurement, tolerance: float) -> bool:
    pairs = ((one.loss, other.loss), (one.grad_norm, other.grad_norm))
    # Not a number, twice, is the same result: what becomes of it is for the guards of the step.
    return all(a == b or abs(a - b) <= tolerance * abs(a) or (a != a and b != b) for a, b in pairs)
