"""Settings against the length of a run: what would never come, and what a shorter run makes of it.

In: the section of a training. Out: sentences about settings that its number of steps leaves without
effect, or a section that fits another number. A setting that does nothing is refused where the
author must have meant something by it, and told where a part of it still works.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.training.config import TrainingConfig
    from yanmo.training.schedule_config import ScheduleConfig

ConfigT = TypeVar("ConfigT", bound="TrainingConfig")


def problems_of_length(config: TrainingConfig) -> Iterator[str]:
    """One sentence for each setting that can have no effect within `config.steps`."""
    steps, schedule = config.steps, config.schedule
    if schedule.warmup_steps >= steps:
        yield t(
            "schedule.warmup_steps = {warmup} leaves none of the {steps} {steps:step|steps}; lower"
            " it, or raise steps",
            warmup=schedule.warmup_steps,
            steps=steps,
        )
    elif steps == 1 and schedule.name in ("linear", "cosine") and schedule.final_frac == 0.0:
        yield t(
            'schedule "{name}" has fallen to zero in the only step; raise steps or epochs, or take'
            ' schedule.name = "constant"',
            name=schedule.name,
        )
    elif schedule.name == "step" and schedule.warmup_steps + schedule.every_steps >= steps:
        yield t(
            'schedule "step" would never fall: every_steps = {every}, and warm-up leaves {left} of'
            " {steps} {steps:step|steps}; lower schedule.every_steps, or raise steps",
            every=schedule.every_steps,
            left=steps - schedule.warmup_steps,
            steps=steps,
        )
    num_deciding = -(-steps // config.validate_every)
    if schedule.name == "plateau" and schedule.patience >= num_deciding:
        yield t(
            'schedule "plateau" would never fall: {count} {count:validation comes|validations'
            " come} before the last step, the first of them sets the best, and schedule.patience ="
            " {patience}; lower it, or pretrain.validate_every",
            count=num_deciding,
            patience=schedule.patience,
        )
    warmup = config.batch_warmup
    if warmup is not None and warmup.steps >= steps:
        yield t(
            "batch_warmup.steps = {warmup} leaves none of the {steps} {steps:step|steps} a whole"
            " batch; lower it, or raise steps",
            warmup=warmup.steps,
            steps=steps,
        )
    yield from _never_due(config)


def _never_due(config: TrainingConfig) -> Iterator[str]:
    steps = config.steps
    # The noise of the first step is not measured.
    for name, every, last in (
        ("noise_scale_every", config.noise_scale_every, steps - 1),
        ("guards.rerun_every", config.guards.rerun_every, steps),
    ):
        if every is not None and every > last:
            yield t(
                "{name} = {every} is never due in {steps} {steps:step|steps}; lower it, raise"
                " steps, or leave it out",
                name=name,
                every=every,
                steps=steps,
            )
    if config.keep_every is not None and not _keeps_any(config, config.keep_every):
        yield t(
            "keep_every = {keep} keeps no checkpoint: none of those made every {every}"
            " {every:step|steps}, up to step {steps}, is of a step that it divides; make it a"
            " multiple of checkpoint_every, or leave it out",
            keep=config.keep_every,
            every=config.checkpoint_every,
            steps=steps,
        )


def remarks_on_length(config: TrainingConfig) -> list[str]:
    """What a reader of the recipe may not expect, though it is allowed."""
    remarks = []
    stopping, schedule, steps = config.early_stopping, config.schedule, config.steps
    num_validations = -(-steps // config.validate_every)
    if stopping is not None and stopping.patience >= num_validations:
        remarks.append(
            t(
                "early_stopping cannot end this run: its patience is {patience}, and training has"
                " {count} {count:validation|validations}; the best weights are kept all the same",
                patience=stopping.patience,
                count=num_validations,
            )
        )
    decay = round(schedule.decay_frac * steps)
    left = steps - schedule.warmup_steps
    if schedule.name == "warmup_stable_decay" and decay > left:
        remarks.append(
            t(
                "the learning rate decays over {left} {left:step|steps}, not {decay}: warm-up takes"
                " {warmup} of {steps}",
                left=left,
                decay=decay,
                warmup=schedule.warmup_steps,
                steps=steps,
            )
        )
    return remarks


def fit_to_steps(config: ConfigT, steps: int) -> ConfigT:
    """The section for a run of so many steps, with what would come too late brought forward, and
    without what cannot be."""
    warmup = config.batch_warmup
    if warmup is not None:
        fitted = warmup.model_copy(update={"steps": min(warmup.steps, steps - 1)})
        warmup = fitted if steps > 1 else None
    changed: dict[str, Any] = {
        "steps": steps,
        "schedule": _fit_schedule(config.schedule, steps),
        "batch_warmup": warmup,
        "guards": config.guards.model_copy(
            update={"rerun_every": _at_most(config.guards.rerun_every, steps)}
        ),
        "noise_scale_every": _at_most(config.noise_scale_every, steps - 1),
        "keep_every": None,
    }
    if config.schedule.name == "plateau":
        patience = max(1, min(config.schedule.patience, steps - 1))
        every = min(config.validate_every, max(1, (steps - 1) // patience))
        changed["validate_every"] = every
    return config.model_copy(update=changed)


def _fit_schedule(schedule: ScheduleConfig, steps: int) -> ScheduleConfig:
    warmup_steps = min(schedule.warmup_steps, steps // 2)
    changed: dict[str, Any] = {"warmup_steps": warmup_steps}
    if schedule.name == "step":
        changed["every_steps"] = max(1, min(schedule.every_steps, steps - warmup_steps - 1))
    elif schedule.name == "plateau":
        changed["patience"] = max(1, min(schedule.patience, steps - 1))
    return schedule.model_copy(update=changed)


def _keeps_any(config: TrainingConfig, keep_every: int) -> bool:
    first = math.lcm(keep_every, config.checkpoint_every)
    return first <= config.steps or config.steps % keep_every == 0


def _at_most(every: int | None, limit: int) -> int | None:
    if every is None or limit < 1:
        return None
    return min(every, limit)
