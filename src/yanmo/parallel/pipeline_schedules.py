"""Schedules of a pipeline in numbers: which process holds which stages, what a schedule asks for,
and how much of the time processes wait.

A recipe's `parallel` section comes in; nothing of models is known, and torch is not needed.
"""

from __future__ import annotations

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.parallel.config import ParallelConfig, PipelineSchedule

_SINGLE = ("gpipe", "1f1b")
"""Schedules of one stage on each process."""


def stages_per_process(config: ParallelConfig) -> int:
    """Stages on one process: as the section says, or what its schedule is made for."""
    if config.stages_per_process is not None:
        return config.stages_per_process
    return 1 if config.pipeline_schedule in _SINGLE else 2


def is_split(schedule: PipelineSchedule) -> bool:
    """Whether the gradients of a stage's inputs and those of its weights are computed apart."""
    return schedule in ("zero_bubble", "zbv_zero_bubble")


def num_stages(config: ParallelConfig) -> int:
    """Stages of the whole pipeline."""
    return config.pipeline * stages_per_process(config)


def num_parts(config: ParallelConfig) -> int:
    """Parts that a micro-batch is cut into."""
    return config.pipeline_micro_batches or num_stages(config)


def stages_of(config: ParallelConfig, place: int) -> list[int]:
    """The stages on the process at `place` along the pipeline, in rising order.

    They lie in loops (stage s on process s modulo their number; Narayanan et al. 2021, figure 4),
    or with `zbv_zero_bubble` as a V, down and up again (Qi et al. 2023, section 6).
    """
    total = num_stages(config)
    if config.pipeline_schedule == "zbv_zero_bubble":
        return [place, total - 1 - place]
    return list(range(place, total, config.pipeline))


def check_schedule(config: ParallelConfig) -> None:
    """Refuse numbers of stages and parts that the schedule cannot order.

    Raises:
        ConfigError: with what it needs.
    """
    schedule, per_process = config.pipeline_schedule, stages_per_process(config)
    parts = num_parts(config)
    if schedule in _SINGLE and per_process != 1:
        raise _refusal(
            "stages_per_process",
            t("{schedule} has one stage on each process", schedule=schedule),
        )
    if schedule == "zbv_zero_bubble" and per_process != 2:
        raise _refusal(
            "stages_per_process",
            t("{schedule} has two stages on each process", schedule=schedule),
        )
    if schedule == "1f1b" and parts < config.pipeline:
        raise _refusal(
            "pipeline_micro_batches",
            t(
                "{schedule} over {processes} processes needs as many parts of a micro-batch or"
                " more, not {parts}",
                schedule=schedule,
                processes=config.pipeline,
                parts=parts,
            ),
        )
    if schedule in ("interleaved_1f1b", "zero_bubble") and parts % config.pipeline:
        raise _refusal(
            "pipeline_micro_batches",
            t(
                "{schedule} over {processes} processes needs a multiple of them as parts of a"
                " micro-batch, not {parts}",
                schedule=schedule,
                processes=config.pipeline,
                parts=parts,
            ),
        )


def _refusal(field: str, what: str) -> ConfigError:
    return ConfigError(what, where=f"parallel.{field}")


def bubble_frac(config: ParallelConfig, num_passes: int) -> float:
    """The part of a step's time in which a process of the pipeline waits for the others, 0..1.

    A forward pass, the gradient of the inputs and that of the weights each take as long as another,
    1 / v of a unit for each of v stages on a process, and sending takes no time; m passes through p
    processes are then 3 m units of work. What comes on top: (p - 1) * 3 / v with one backward pass
    (Narayanan et al. 2021, section 2.2; GPipe and 1F1B have v = 1), (p - 1) / v where gradients of
    weights fill gaps (Qi et al. 2023, ZB-H1, there for v = 1), and for the V of two stages
    (p - 1) / 2, or 2 (p - 1) - (m - 1) where that is more because passes are few; the last two are
    what torch's tables give when a clock runs them.

    Args:
        config: the number of processes, the schedule, the stages on a process.
        num_passes: parts of micro-batches in a step, m.
    """
    processes, per_process = config.pipeline, stages_per_process(config)
    schedule = config.pipeline_schedule
    if schedule == "zbv_zero_bubble":
        waits = max((processes - 1) / 2, 2 * (processes - 1) - (num_passes - 1))
    else:
        waits = (processes - 1) * (1 if is_split(schedule) else 3) / per_process
    return waits / (3 * num_passes + waits)
