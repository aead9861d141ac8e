"""Orders in which a pipeline runs its passes: which process holds which stages, what a schedule
asks for, and how much of the time processes wait.

Knows numbers of stages and of micro-batches, and torch's schedules; nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.distributed.pipelining import (
    PipelineStage,
    Schedule1F1B,
    ScheduleGPipe,
    ScheduleInterleaved1F1B,
    ScheduleInterleavedZeroBubble,
    ScheduleZBVZeroBubble,
)

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.parallel.config import ParallelConfig, PipelineSchedule

_SINGLE: dict[str, Any] = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}
_LOOPED: dict[str, Any] = {
    "interleaved_1f1b": ScheduleInterleaved1F1B,
    "zero_bubble": ScheduleInterleavedZeroBubble,
    "zbv_zero_bubble": ScheduleZBVZeroBubble,
}
_FORWARD = {"F", "SEND_F", "RECV_F", "UNSHARD", "RESHARD"}
"""What torch calls the actions of a forward pass."""


def stages_per_process(config: ParallelConfig) -> int:
    """Stages on one process: as the section says, or what its schedule is made for."""
    if config.stages_per_process is not None:
        return config.stages_per_process
    return 1 if config.pipeline_schedule in _SINGLE else 2


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


def build_schedule(
    schedule: PipelineSchedule,
    stages: Sequence[PipelineStage],
    num_micro_batches: int,
    loss: Any,
    *,
    is_training: bool,
) -> Any:
    """torch's schedule over this process's `stages`.

    Args:
        schedule: its name.
        stages: of this process, in rising order.
        num_micro_batches: passes through the pipeline.
        loss: of the last stage's output and a target; gradients are those of its sum over all
            passes.
        is_training: whether `step` will be called, and not `eval`.
    """
    if schedule in _SINGLE:
        return _SINGLE[schedule](stages[0], num_micro_batches, loss_fn=loss, scale_grads=False)
    order = _LOOPED[schedule](list(stages), num_micro_batches, loss_fn=loss, scale_grads=False)
    if not is_training:
        # In a V, `eval` too hands gradients from stage to stage of a process: there are none.
        order.pipeline_order_with_comms = {
            place: [action for action in actions if action.computation_type.value in _FORWARD]
            for place, actions in order.pipeline_order_with_comms.items()
        }
    return order
