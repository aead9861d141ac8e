"""How often a cluster fails, how often to save, and what is left of its time.

Comes in: devices, seconds of a save and of a restart. Goes out: mean time between failures, the
interval between checkpoints that loses least, and goodput: the part of the time that trains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FAILURES_PER_DEVICE_HOUR = 419 / (54 * 24 * 16_384)
"""Llama team 2024 (The Llama 3 Herd of Models, section 3.3.4): 419 unexpected interruptions in 54
days on 16,384 devices; one in 50,700 device-hours."""
DEFAULT_RESTART_S = 600.0
"""From a failure to the next step: finding it, starting again, loading. Our assumption."""


@dataclass(frozen=True)
class Goodput:
    """Seconds between failures and between checkpoints, and the part of the time that trains."""

    mean_time_between_failures_s: float
    interval_s: float
    goodput: float


def estimate_goodput(
    num_devices: int,
    save_s: float,
    *,
    restart_s: float = DEFAULT_RESTART_S,
    failures_per_device_hour: float = FAILURES_PER_DEVICE_HOUR,
) -> Goodput:
    """Goodput with the best interval.

    Args:
        save_s: for which training stands still when it saves.
        restart_s: from a failure until training goes on, without the work that is done again.
    """
    mean_s = 3600.0 / (failures_per_device_hour * num_devices)
    interval_s = best_interval_s(save_s, mean_s)
    # Daly 2006, equation 20: the expected time of a run under exponential failures.
    exponent = min(700.0, (interval_s + save_s) / mean_s)
    expected_s = mean_s * math.exp(min(700.0, restart_s / mean_s)) * math.expm1(exponent)
    return Goodput(mean_s, interval_s, min(1.0, interval_s / expected_s))


def best_interval_s(save_s: float, mean_time_between_failures_s: float) -> float:
    """Seconds of training between two checkpoints that lose least time.

    Daly 2006 (A higher order estimate of the optimum checkpoint interval for restart dumps,
    equation 37); its first term is the square root of Young 1974.
    """
    mean_s = mean_time_between_failures_s
    if save_s >= 2 * mean_s:
        return mean_s
    ratio = save_s / (2 * mean_s)
    first = math.sqrt(2 * save_s * mean_s)
    return max(first * (1 + math.sqrt(ratio) / 3 + ratio / 9) - save_s, save_s, 1.0)
