"""One optimiser step: micro-batches in, an updated model and three numbers out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from yanmo.parallel.execution import Execution
from yanmo.training.config import PretrainConfig
from yanmo.training.guards import check_health
from yanmo.training.objectives.objective import Batch, NumpyBatch, Objective, count_tokens
from yanmo.training.optimizers import set_learning_rate
from yanmo.training.schedule import learning_rate_factor


@dataclass(frozen=True)
class StepResult:
    """Loss in nats per target, norm of the gradient before clipping, rate of the first group, and
    the tokens that the model has read, padding left out."""

    loss: float
    grad_norm: float
    learning_rate: float
    num_tokens: int


class TrainingStep:
    """Runs optimiser steps; holds what stays the same from step to step.

    Args:
        execution: the model, spread over as many processes as there are.
        objective: gives `(loss_sum, num_targets)` for a model and a batch.
        dtype: of matrix products; anything but float32 is autocast.

    Attributes:
        num_steps: steps of the whole run, over which the learning rate is spread; those of
            `config` until they are corrected.
    """

    def __init__(
        self,
        execution: Execution,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        config: PretrainConfig,
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._execution = execution
        self._objective = objective
        self._optimizer = optimizer
        self._config = config
        self.num_steps = config.steps
        self._device = device
        self._dtype = dtype

    def run(
        self, step: int, micro_batches: Sequence[NumpyBatch], first_loss: float | None
    ) -> StepResult:
        """Accumulate the gradient of this process's `micro_batches` and update the weights.

        Raises:
            RunError: the loss or the gradient is not finite, or the loss has exploded; the weights
                are then as they were before the step.
        """
        execution = self._execution
        counts = (
            float(sum(map(self._objective.count_targets, micro_batches))),
            float(sum(map(count_tokens, micro_batches))),
        )
        own_targets, num_tokens = execution.mesh.sum_over_data(counts)
        # A batch without any target, of texts too short to hide anything in, has loss 0.
        num_targets = max(1, round(own_targets))
        factor = learning_rate_factor(self._config.schedule, step, self.num_steps)
        rate = set_learning_rate(self._optimizer, factor)
        execution.model.train()
        self._optimizer.zero_grad(set_to_none=True)
        batches = [self._to_device(batch) for batch in micro_batches]
        loss_sum = execution.accumulate(
            batches, self._loss, num_targets, lambda index: self._seed_dropout(step, index)
        )
        loss = loss_sum / num_targets
        grad_norm = execution.clip_gradients(self._config.max_grad_norm or float("inf"))
        check_health(
            execution.model,
            step=step,
            loss=loss,
            grad_norm=grad_norm,
            first_loss=loss if first_loss is None else first_loss,
            rerun=lambda: execution.measure(batches[0], self._loss),
        )
        self._optimizer.step()
        return StepResult(loss, grad_norm, rate, round(num_tokens))

    def _loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        with autocast(self._device, self._dtype):
            return self._objective.loss(model, batch)

    def _seed_dropout(self, step: int, index: int) -> None:
        # Dropout draws from a seed of this step alone: nothing of it has to be saved to resume.
        rank = self._execution.mesh.data_rank
        parts = (step, index) if rank == 0 else (step, index, rank)
        torch.manual_seed(seed_of(self._config.seed, "dropout", *parts))

    def _to_device(self, batch: NumpyBatch) -> Batch:
        return batch_to_device(batch, self._device)


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Context in which matrix products run in `dtype`; it changes nothing for float32."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def batch_to_device(batch: NumpyBatch, device: torch.device) -> Batch:
    """The arrays of a batch as tensors on `device`."""
    return {name: torch.from_numpy(array).to(device) for name, array in batch.items()}


def seed_of(*parts: object) -> int:
    """A 63-bit seed from any printable parts, the same on every machine."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
