"""One optimiser step: micro-batches in, an updated model and three numbers out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

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
        model: the model whose parameters are trained and looked at when something goes wrong.
        forward: the same model as it is called: itself, or compiled.
        objective: gives `(loss_sum, num_targets)` for `forward` and a batch.
        dtype: of matrix products; anything but float32 is autocast.

    Attributes:
        num_steps: steps of the whole run, over which the learning rate is spread; those of
            `config` until they are corrected.
    """

    def __init__(
        self,
        model: nn.Module,
        forward: nn.Module,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        config: PretrainConfig,
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self._model = model
        self._forward = forward
        self._objective = objective
        self._optimizer = optimizer
        self._config = config
        self.num_steps = config.steps
        self._device = device
        self._dtype = dtype

    def run(
        self, step: int, micro_batches: Sequence[NumpyBatch], first_loss: float | None
    ) -> StepResult:
        """Accumulate the gradient of `micro_batches` and update the weights.

        Raises:
            RunError: the loss or the gradient is not finite, or the loss has exploded; the weights
                are then as they were before the step.
        """
        # A batch without any target, of texts too short to hide anything in, has loss 0.
        num_targets = max(1, sum(map(self._objective.count_targets, micro_batches)))
        factor = learning_rate_factor(self._config.schedule, step, self.num_steps)
        rate = set_learning_rate(self._optimizer, factor)
        self._model.train()
        self._optimizer.zero_grad(set_to_none=True)
        loss = 0.0
        for index, batch in enumerate(micro_batches):
            loss_sum = self._loss_sum(step, index, batch)
            torch.autograd.backward(loss_sum / num_targets)
            loss += float(loss_sum.detach().item())
        loss /= num_targets
        limit = self._config.max_grad_norm or float("inf")
        grad_norm = float(nn.utils.clip_grad_norm_(self._model.parameters(), limit).item())
        check_health(
            self._model,
            step=step,
            loss=loss,
            grad_norm=grad_norm,
            first_loss=loss if first_loss is None else first_loss,
            rerun=lambda: self._objective.loss(self._model, self._to_device(micro_batches[0])),
        )
        self._optimizer.step()
        return StepResult(loss, grad_norm, rate, sum(map(count_tokens, micro_batches)))

    def _loss_sum(self, step: int, index: int, batch: NumpyBatch) -> torch.Tensor:
        # Dropout draws from a seed of this step alone: nothing of it has to be saved to resume.
        torch.manual_seed(seed_of(self._config.seed, "dropout", step, index))
        with autocast(self._device, self._dtype):
            loss_sum, _ = self._objective.loss(self._forward, self._to_device(batch))
        return loss_sum

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
