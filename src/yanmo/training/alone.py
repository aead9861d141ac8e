"""A model in one process, compiled where the configuration says so."""

from __future__ import annotations

import torch
from torch import nn

from yanmo.core.console import Console
from yanmo.parallel.execution import SingleProcess
from yanmo.training.allocation import keep_freed_memory
from yanmo.training.compilation import compile_model, wants_compiled
from yanmo.training.config import TrainingConfig
from yanmo.training.data import TrainingData
from yanmo.training.objectives.objective import has_fixed_shape
from yanmo.training.step import autocast, batch_to_device


def execute_alone(
    model: nn.Module,
    data: TrainingData,
    config: TrainingConfig,
    *,
    device: torch.device,
    dtype: torch.dtype,
    console: Console,
) -> SingleProcess:
    """`model` in this process; compiling it is tried out on the rows of the first step, which may
    move what the model carries: a run is resumed after it."""
    keep_freed_memory(device)
    if not wants_compiled(model, config, device, console):
        return SingleProcess(model)
    sample = batch_to_device(data.micro_batches(config, 0)[0], device)
    with autocast(device, dtype):
        compiled = compile_model(
            model,
            data.objective,
            sample,
            console,
            has_fixed_shape=has_fixed_shape(data.objective, data.train),
        )
    return SingleProcess(model, compiled)
