"""What changes over a run, as pure functions of the step and of the validations so far: the
learning rate, the rows of a batch, and whether the run is over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from yanmo.training.config import TrainingConfig
from yanmo.training.schedule_config import EarlyStoppingConfig, ScheduleConfig


def learning_rate_factor(
    config: ScheduleConfig, step: int, num_steps: int, validation_losses: Sequence[float] = ()
) -> float:
    """Fraction of the peak learning rate at `step` (0-based) of `num_steps`.

    Warm-up rises linearly and reaches 1 at its last step. After it, `cosine` (Loshchilov & Hutter
    2017, eq. 5) and `linear` fall to `final_frac` at the last step; `warmup_stable_decay` (Hu et
    al. 2024) stays at 1 and falls linearly over the last `decay_frac` of the run; `inverse_sqrt`
    (Vaswani et al. 2017, eq. 3) falls with the root of the steps from the beginning; `step` is
    multiplied by `factor` every `every_steps`, counted from the end of warm-up, and `plateau` each
    time that `patience` of `validation_losses`, the oldest first, have brought no new best.
    """
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    match config.name:
        case "constant":
            return 1.0
        case "inverse_sqrt":
            factor = math.sqrt(max(1, config.warmup_steps) / (step + 1))
        case "step":
            factor = config.factor ** ((step - config.warmup_steps) // config.every_steps)
        case "plateau":
            factor = config.factor ** count_plateaus(
                validation_losses, config.patience, config.min_delta
            )
        case _:
            return _falling_factor(config, step, num_steps)
    return max(config.final_frac, factor)


def count_plateaus(losses: Sequence[float], patience: int, min_delta: float) -> int:
    """How often `patience` of `losses` in a row were no new best: each time counts once and the
    waiting begins anew. A new best is lower than the best before by more than `min_delta`."""
    best, waited, num_plateaus = math.inf, 0, 0
    for loss in losses:
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == patience:
            num_plateaus, waited = num_plateaus + 1, 0
    return num_plateaus


def index_of_best(
    criteria: Sequence[float], min_delta: float, losses: Sequence[float] | None = None
) -> int | None:
    """Which of `criteria`, lower being better, was the last new best; None where there are none.

    Figures of a task come in steps, so many are equal: of those the one with the lowest of
    `losses` is taken, else an untrained model would pass for as good as a trained one.
    """
    best, best_loss, found = math.inf, math.inf, None
    for index, criterion in enumerate(criteria):
        loss = math.inf if losses is None else losses[index]
        if criterion < best - min_delta or (criterion == best and loss < best_loss):
            best, best_loss, found = criterion, loss, index
    return found


def has_stopped_early(config: EarlyStoppingConfig | None, losses: Sequence[float]) -> bool:
    """Whether a run with these validation losses is over before its last step."""
    if config is None:
        return False
    return count_plateaus(losses, config.patience, config.min_delta) > 0


def batch_rows_at(config: TrainingConfig, step: int) -> int:
    """Rows of the global batch of `step` (0-based)."""
    warmup = config.batch_warmup
    if warmup is None or step >= warmup.steps:
        return config.batch_rows
    num_sizes = config.batch_rows // warmup.start_rows - 1  # smaller than the whole batch
    return warmup.start_rows * (1 + step * num_sizes // warmup.steps)


def rows_before(config: TrainingConfig, step: int) -> int:
    """Rows of all batches before `step`: where in the order of rows that step begins."""
    warmup = config.batch_warmup
    if warmup is None:
        return config.batch_rows * step
    num_sizes = config.batch_rows // warmup.start_rows - 1
    # From step ceil(size * steps / num_sizes) on, every batch has one part more.
    begins = [-(-size * warmup.steps // num_sizes) for size in range(1, num_sizes + 1)]
    return warmup.start_rows * (step + sum(max(0, step - begin) for begin in begins))


def _falling_factor(config: ScheduleConfig, step: int, num_steps: int) -> float:
    begin = config.warmup_steps
    if config.name == "warmup_stable_decay":
        begin = max(begin, num_steps - round(config.decay_frac * num_steps))
    progress = min(1.0, max(0.0, (step - begin + 1) / max(1, num_steps - begin)))
    falling = 1.0 - progress
    if config.name == "cosine":
        falling = 0.5 * (1.0 + math.cos(math.pi * progress))
    return config.final_frac + (1.0 - config.final_frac) * falling
