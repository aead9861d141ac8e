"""What the order of a pipeline's passes costs: the time that processes wait, and what they hold.

Comes in: a layout and the passes of a step. Goes out: fractions and counts. What a schedule asks
for and how long it waits is known by `yanmo.parallel.pipeline_schedules` alone, which trains by it.
"""

from __future__ import annotations

from functools import lru_cache

from yanmo.core.errors import ConfigError
from yanmo.parallel.config import ParallelConfig, PipelineSchedule
from yanmo.parallel.pipeline_schedules import bubble_frac, check_schedule
from yanmo.pipeline.planning.layout import Layout


def waiting_frac(layout: Layout, num_passes: int) -> float:
    """The bubble: the part of the time in which a process of the pipeline waits, 0..1.

    Args:
        num_passes: micro-batches of a step, on each data rank.
    """
    return _waiting_frac(layout.schedule, layout.pipeline, layout.chunks, max(1, num_passes))


@lru_cache(maxsize=4096)
def _waiting_frac(schedule: PipelineSchedule, stages: int, chunks: int, passes: int) -> float:
    return bubble_frac(_section(schedule, stages, chunks, passes), passes)


@lru_cache(maxsize=4096)
def can_order(schedule: PipelineSchedule, stages: int, chunks: int, num_passes: int) -> bool:
    """Whether the schedule can order so many passes through so many pieces."""
    try:
        check_schedule(_section(schedule, stages, chunks, num_passes))
    except ConfigError:
        return False
    return True


def held_passes(layout: Layout, num_passes: int, *, is_last: bool) -> int:
    """Passes through one piece whose activations a process keeps at once, for its backward passes.

    With 1F1B as many as stages follow; interleaved as Narayanan et al. 2021 (section 2.2) have it,
    two more for each stage that follows; where gradients of weights fill the gaps (Qi et al. 2023)
    they keep activations longer, so that every process holds what the first one does. So torch's
    tables have it.

    Args:
        is_last: of the last process of the pipeline, and not the first.
    """
    stages, chunks = layout.pipeline, layout.chunks
    following = 0 if is_last else stages - 1
    most = {
        "gpipe": num_passes,
        "1f1b": following + 1,
        "interleaved_1f1b": (chunks - 1) * stages + 2 * following + 1,
        "zero_bubble": chunks * stages,
        "zbv_zero_bubble": 2 * stages,
    }[layout.schedule]
    return min(most, num_passes * chunks)


def state_buffers(layout: Layout, num_passes: int, *, is_last: bool) -> int:
    """States between stages, or their gradients, that a process has room for at once, besides what
    its blocks keep.

    torch's stages have one buffer for everything that they receive in a step: the states of every
    pass into every piece but the model's first, and the gradients from every piece but its last.
    What they have sent they keep until its gradient is there. Where buffers are only for what is
    under way, there is a state and a gradient in each direction. What validation receives into is
    not counted.
    """
    if layout.pipeline == 1:
        return 0
    has_one_direction = layout.chunks == 1
    if not layout.has_buffer_per_pass:
        return 2 if has_one_direction else 4
    received = 2 * layout.chunks - 1
    if layout.schedule == "zbv_zero_bubble":  # the first process has both ends, the last has none
        received = 2 * layout.chunks - (0 if is_last else 2)
    sent = held_passes(layout, num_passes, is_last=is_last)
    if is_last and has_one_direction:
        sent = 0  # losses only
    return received * num_passes + sent


def _section(
    schedule: PipelineSchedule, stages: int, chunks: int, num_passes: int
) -> ParallelConfig:
    return ParallelConfig(
        pipeline=stages,
        pipeline_schedule=schedule,
        stages_per_process=chunks,
        pipeline_micro_batches=num_passes,
    )
