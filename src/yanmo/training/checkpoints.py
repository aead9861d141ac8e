"""Checkpoints of a training run: their store, what goes into one, and what comes out of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yanmo.checkpoint.training_state import (
    CheckpointStore,
    Infos,
    LoadedState,
    RetentionPolicy,
    TrainingState,
    optimizer_targets,
)
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import TrainingConfig
from yanmo.training.optimizers import load_optimizer_tensors, optimizer_tensors

Groups = Mapping[str, Mapping[str, torch.Tensor]]

_OPTIMIZER = "optimizer"
"""The group of the optimiser's state; missing as long as every step has been refused."""


def checkpoint_store(
    directory: Path,
    config: TrainingConfig,
    ranks: Ranks,
    environment: Mapping[str, str] = os.environ,
) -> CheckpointStore:
    """The store of the run in `directory`; all processes make one."""
    run_id = environment.get("TORCHELASTIC_RUN_ID", "none")
    return CheckpointStore(
        directory / "checkpoints",
        ranks,
        RetentionPolicy(
            config.keep_checkpoints, config.keep_every, keeps_best=config.keep_best_checkpoint
        ),
        # "none" is what torchrun calls every run that was given no name.
        run_id="" if run_id == "none" else run_id,
        attempt=attempt_number(environment),
    )


def attempt_number(environment: Mapping[str, str] = os.environ) -> int:
    """How often a launcher has started the processes of this run again."""
    return int(environment.get("TORCHELASTIC_RESTART_COUNT", "0"))


def run_state(
    step: int,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    others: Groups,
    state: Mapping[str, Any],
    validation_loss: float,
) -> TrainingState:
    """Everything that a run goes on from.

    Args:
        step: optimiser steps done.
        others: groups of tensors besides the model's and the optimiser's.
        state: everything that is no tensor.
        validation_loss: the last one; not a number where there is none yet.
    """
    tensors = {
        "model": model_tensors(model),
        _OPTIMIZER: optimizer_tensors(model, optimizer),
        **others,
    }
    metric = validation_loss if validation_loss == validation_loss else None
    return TrainingState(step=step, tensors=tensors, state=state, metric=metric)


def load_run(
    store: CheckpointStore,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    other_targets: Callable[[], Groups],
) -> LoadedState | None:
    """Read the newest checkpoint into the model and the optimiser; None where there is none.

    Args:
        other_targets: gives the groups besides theirs that the checkpoint is read into.

    Raises:
        CheckpointError: every checkpoint is damaged, or the newest good one does not fit.
    """

    def targets(infos: Infos) -> dict[str, Mapping[str, torch.Tensor]]:
        parameters = dict(model.named_parameters())
        return {
            "model": model_tensors(model),
            _OPTIMIZER: optimizer_targets(parameters, infos.get(_OPTIMIZER, {})),
            **other_targets(),
        }

    loaded = store.load_latest(targets)
    if loaded is not None:
        load_optimizer_tensors(model, optimizer, loaded.state.tensors.get(_OPTIMIZER, {}))
    return loaded


def model_tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters, and buffers: what a recurrent model carries from step to step."""
    parameters = {name: parameter.data for name, parameter in model.named_parameters()}
    return parameters | dict(model.named_buffers())
