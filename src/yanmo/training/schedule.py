"""The learning rate as a pure function of the step."""

from __future__ import annotations

import math

from yanmo.training.config import ScheduleConfig


def learning_rate_factor(config: ScheduleConfig, step: int, num_steps: int) -> float:
    """Fraction of the peak learning rate at `step` (0-based) of `num_steps`.

    Warm-up rises linearly and reaches 1 at its last step. After it, `cosine` (Loshchilov & Hutter
    2017, eq. 5) and `linear` fall to `final_frac` at the last step; `warmup_stable_decay` (Hu et
    al. 2024) stays at 1 and falls linearly over the last `decay_frac` of the run.
    """
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    begin = config.warmup_steps
    if config.name == "warmup_stable_decay":
        begin = max(begin, num_steps - round(config.decay_frac * num_steps))
    progress = min(1.0, max(0.0, (step - begin + 1) / max(1, num_steps - begin)))
    falling = 1.0 - progress
    if config.name == "cosine":
        falling = 0.5 * (1.0 + math.cos(math.pi * progress))
    return config.final_frac + (1.0 - config.final_frac) * falling
