"""Settings of what changes over a run: learning rate, batch size, and when to stop early."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import listed, t

ScheduleName = Literal[
    "constant", "linear", "cosine", "inverse_sqrt", "warmup_stable_decay", "step", "plateau"
]

_ONLY_OF: dict[str, tuple[ScheduleName, ...]] = {
    "final_frac": ("linear", "cosine", "inverse_sqrt", "warmup_stable_decay", "step", "plateau"),
    "decay_frac": ("warmup_stable_decay",),
    "every_steps": ("step",),
    "factor": ("step", "plateau"),
    "patience": ("plateau",),
    "min_delta": ("plateau",),
}
"""The schedules that read a field, where not all of them do."""


class ScheduleConfig(Config):
    """Learning rate over the run: linear warm-up, then one of seven shapes."""

    name: ScheduleName = "warmup_stable_decay"
    """`constant`; `linear` and `cosine`, which fall until the last step; `inverse_sqrt`, which
    falls with the root of the steps; `warmup_stable_decay` (constant, then linear decay at the
    end); `step`, which falls every so many steps; or `plateau`, which falls when the validation
    loss has stopped falling."""
    warmup_steps: int = Field(default=20, ge=0)
    """Steps from zero to the peak."""
    final_frac: float = Field(default=0.0, ge=0.0, le=1.0)
    """Learning rate at the last step, as a fraction of the peak; the least there is with
    `inverse_sqrt`, `step` and `plateau`."""
    decay_frac: float = Field(default=0.4, gt=0.0, le=1.0)
    """Fraction of the run that decays; `warmup_stable_decay` only."""
    every_steps: int = Field(default=100, ge=1)
    """Steps from one fall to the next; `step` only."""
    factor: float = Field(default=0.5, gt=0.0, lt=1.0)
    """What a fall multiplies the rate by; `step` and `plateau` only."""
    patience: int = Field(default=2, ge=1)
    """Validations in a row without a new best that make the rate fall; `plateau` only."""
    min_delta: float = Field(default=0.0, ge=0.0)
    """A new best is lower by more than this, in nats; `plateau` only."""

    @model_validator(mode="after")
    def _check_effect(self) -> Self:
        for field, names in _ONLY_OF.items():
            default = type(self).model_fields[field].default
            if self.name not in names and getattr(self, field) != default:
                raise ValueError(
                    t(
                        'schedule.{field} has no effect with "{name}"; it belongs to {names}',
                        field=field,
                        name=self.name,
                        names=listed(names),
                    )
                )
        if self.name != "constant" and self.final_frac == 1.0:
            raise ValueError(
                t(
                    'schedule.final_frac = 1 keeps "{name}" from ever falling; lower it, or take'
                    ' name = "constant"',
                    name=self.name,
                )
            )
        return self


class BatchWarmupConfig(Config):
    """The batch grows from `start_rows` to `batch_rows`, in equal parts of `steps` (Smith et al.
    2018; Brown et al. 2020, section 2.3). The learning rate does not follow it."""

    start_rows: int = Field(ge=1)
    """Rows of the first batches, and by how many they grow: a divisor of `batch_rows` and a
    multiple of `micro_batch_rows`."""
    steps: int = Field(ge=1)
    """The step from which on a batch has all its rows."""


class EarlyStoppingConfig(Config):
    """Stop when the validation loss has stopped falling, or where a task is measured, its figure
    has stopped rising, and keep the weights of the best validation (Prechelt 1998). The model
    folder holds those, also of a run that is not stopped."""

    patience: int = Field(default=3, ge=1)
    """Validations in a row without a new best that end the run."""
    min_delta: float = Field(default=0.0, ge=0.0)
    """A new best is better by more than this: nats, or the unit of the task's figure."""
