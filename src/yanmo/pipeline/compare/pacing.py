"""A run kept to a number of seconds: its steps are corrected by what steps take.

Comes in: the budget, the steps that a probe promised, and after each step how far the run is. Goes
out: the steps of the whole run. Knows no model.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

CORRECTIONS = 20
"""How often over a run; not before the first of them, nor in the last of these parts."""
_WINDOW_PARTS = 2
"""The pace is that of the last so many parts: a shared machine drifts within seconds."""


class Pacer:
    """Corrects the number of steps as a run goes on. The learning rate follows: one that is
    constant until its last part is as it would have been with the right number from the start.

    Args:
        budget_s: seconds of optimiser steps.
        steps: what the run began with, perhaps corrected already.
        planned_steps: what the probe promised, which sets how often is corrected.
        keep: writes the corrected number down, so that an interrupted run goes on with it.
    """

    def __init__(
        self, budget_s: float, steps: int, planned_steps: int, keep: Callable[[int], None]
    ) -> None:
        self._budget_s = budget_s
        self._steps = steps
        self._every = max(1, planned_steps // CORRECTIONS)
        self._keep = keep
        self._marks: deque[tuple[int, float]] = deque(maxlen=_WINDOW_PARTS * self._every + 1)

    def __call__(self, step: int, training_s: float) -> int:
        """Steps of the whole run, now that `step` of them have taken `training_s` seconds."""
        self._marks.append((step, training_s))
        is_last_part = step > self._steps - self._every
        if step % self._every or step <= self._every or is_last_part or len(self._marks) < 2:
            return self._steps
        first_step, first_s = self._marks[0]
        step_s = (training_s - first_s) / (step - first_step)
        left = max(0.0, self._budget_s - training_s) / step_s
        steps = max(step + 1, step + round(left))
        if steps != self._steps:
            self._steps = steps
            self._keep(steps)
        return self._steps
