"""The order of a process's passes, as torch's schedules have it.

A schedule's name and this process's stages come in; something that runs them goes out.
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

from yanmo.parallel.config import PipelineSchedule

_SINGLE: dict[str, Any] = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}
_LOOPED: dict[str, Any] = {
    "interleaved_1f1b": ScheduleInterleaved1F1B,
    "zero_bubble": ScheduleInterleavedZeroBubble,
    "zbv_zero_bubble": ScheduleZBVZeroBubble,
}
_FORWARD = {"F", "SEND_F", "RECV_F", "UNSHARD", "RESHARD"}
"""What torch calls the actions of a forward pass."""


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
