"""The `pretrain.guards` section of a recipe: what a run watches for, and when it skips or stops.

Numbers only; what is done with them is in `training.guards`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config


class GuardsConfig(Config):
    """What a run watches for. A skipped step leaves weights and optimiser as they were; the next
    step reads the next batch."""

    window: int = Field(default=128, ge=8)
    """Accepted steps that a new loss and a new gradient norm are compared with. Until half of them
    are there, only what is absurd counts as a spike."""
    max_sigmas: float | None = Field(default=6.0, gt=0.0)
    """A loss or gradient norm above the window's mean by more than so many standard deviations is a
    spike, and its step is skipped; None lets spikes pass."""
    max_loss_ratio: float | None = Field(default=2.0, gt=1.0)
    """A loss more than so many times the first one has left the rails, and its step is skipped;
    None lets it pass."""
    non_finite: Literal["skip", "stop"] = "skip"
    """What is done with a step whose loss or gradient is not a finite number: `skip` the step, or
    `stop` the run. Weights that are not finite always stop it."""
    max_skipped_in_a_row: int = Field(default=2, ge=0)
    """Steps that may be skipped one after another; one more stops the run."""
    stall_timeout_s: float | None = Field(default=600.0, gt=0.0)
    """Seconds without progress after which a process of a run of several ends itself and says which
    one stalls, so that the launcher starts all of them again; None waits for ever. A run of one
    process is never ended."""
    rerun_every: int | None = Field(default=None, ge=1)
    """Steps between checks of the hardware: the first micro-batch is computed twice and must give
    the same loss and gradient. None turns the check off; each costs one more micro-batch."""
    overfit_validations: int | None = Field(default=3, ge=2)
    """Validations in a row without a new best, while the training loss falls, after which the run
    warns of over-fitting, once; None never warns."""
    gradients_every: int | None = Field(default=50, ge=1)
    """Steps between rows with the gradient norm of every block, and warnings where one of them
    vanishes or explodes; None writes none."""
