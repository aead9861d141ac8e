"""What ranks run for the test of a pipeline's buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from tests.parallel import parity_case
from tests.parallel.pipeline_ranks import _batch, build

from yanmo.parallel.pipeline import PipelineExecution
from yanmo.parallel.ranks import Ranks


def count_buffers(ranks: Ranks, sections: Sequence[dict[str, Any]]) -> list[int]:
    """States and gradients that the stages of this rank can receive at once, after a step of two
    micro-batches, for each of `sections`."""
    counts = []
    for section in sections:
        execution = build(ranks, "qwen3", **section)
        assert isinstance(execution, PipelineExecution)
        execution.model.train()
        batches = [_batch("qwen3", index) for index in range(2)]
        execution.accumulate(batches, parity_case.sum_loss, 500, torch.manual_seed)
        schedule = execution._schedules[True][1]
        stages = schedule._stages if hasattr(schedule, "_stages") else [schedule._stage]
        received = [
            info.buffer
            for stage in stages
            for table in (stage.args_recv_info, stage.grad_recv_info)
            for infos in table.values()
            for info in infos
            if getattr(info, "buffer", None) is not None
        ]
        assert len({buffer.data_ptr() for buffer in received}) == len(received)
        counts.append(len(received))
    return counts
