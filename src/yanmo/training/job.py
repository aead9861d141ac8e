"""What a run is given, and how far it has come: everything that the loop is told and tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yanmo.parallel.execution import Execution
from yanmo.training.config import TrainingConfig
from yanmo.training.data import TrainingData
from yanmo.training.objectives.objective import Objective
from yanmo.training.optimizers import RateFactor
from yanmo.training.step import StepResult

FullState = Mapping[str, torch.Tensor]
SampleWriter = Callable[[int, FullState | None], Iterable[Mapping[str, Any]]]
"""Called with the number of steps done, and with the whole model's weights where it is spread over
several processes; gives rows for `samples.jsonl`."""
TaskFigures = Callable[[], Mapping[str, float]]
"""Measures the model as it is on a task: figures by name, of which the first one decides which
weights are best; higher is better."""
StepsCorrection = Callable[[int, float], int]
"""Called with the number of steps done and the seconds that they took; gives the steps of the whole
run, at least those done."""


@dataclass(frozen=True)
class TrainingJob:
    """Everything a run needs. `write_samples` is called every `sample_every` steps, and
    `correct_steps`, where there is one, after every step: a run that has so many seconds, and not
    so many steps. `execution` spreads `model` over several processes; None is this one alone. Of
    `old_data` the validation rows are measured too: text of a domain that the model knew before.
    `measure_task` is called at every validation, and then decides, in place of the validation loss,
    which weights are best. A model that `is_fresh` has parts that begin with random numbers: as it
    is before the first step it is not among those that the run may end with. `rate_factor` makes
    parts of the model learn at other rates."""

    model: nn.Module
    objective: Objective
    data: TrainingData
    config: TrainingConfig
    directory: Path
    device: torch.device
    dtype: torch.dtype
    flops_per_token: int
    write_samples: SampleWriter
    correct_steps: StepsCorrection | None = None
    execution: Execution | None = None
    old_data: TrainingData | None = None
    measure_task: TaskFigures | None = None
    is_fresh: bool = False
    rate_factor: RateFactor | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run has come: what a checkpoint holds besides tensors. `training_s` are seconds of
    optimiser steps, `elapsed_s` of everything; `num_skipped` steps changed nothing, and `notes` are
    for the report."""

    step: int = 0
    num_tokens: int = 0
    first_loss: float | None = None
    train_loss: float = math.nan
    validation_loss: float = math.nan
    elapsed_s: float = 0.0
    training_s: float = 0.0
    num_resumes: int = 0
    num_skipped: int = 0
    notes: tuple[str, ...] = ()


def advance(progress: Progress, result: StepResult, step_s: float, *, elapsed_s: float) -> Progress:
    """How far the run is after a step that gave `result`; a refused one leaves no loss."""
    loss = result.loss if result.verdict.is_accepted else None
    return replace(
        progress,
        step=progress.step + 1,
        num_tokens=progress.num_tokens + result.num_tokens,
        first_loss=loss if progress.first_loss is None else progress.first_loss,
        train_loss=progress.train_loss if loss is None else loss,
        elapsed_s=elapsed_s,
        training_s=progress.training_s + step_s,
    )
