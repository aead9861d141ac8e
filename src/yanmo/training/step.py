"""One optimiser step: micro-batches in, an updated model and a few numbers out.

A step whose numbers the guards refuse leaves weights, buffers and optimiser as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from yanmo.parallel.execution import Execution
from yanmo.training.config import TrainingConfig
from yanmo.training.guards.divergence import divergence, find_layer, has_bad_weights
from yanmo.training.guards.gradients import gradient_norms
from yanmo.training.guards.hardware import HardwareCheck
from yanmo.training.guards.rerun import Measurement, sum_weight_bits
from yanmo.training.guards.spike import (
    ACCEPTED,
    SPIKES,
    Cause,
    SpikeGuard,
    Verdict,
    agree,
    describe,
)
from yanmo.training.noise_scale import NoiseEstimate, in_parts, measure_noise
from yanmo.training.objectives.objective import Batch, NumpyBatch, Objective, count_tokens
from yanmo.training.optimizers import set_learning_rate
from yanmo.training.schedule import learning_rate_factor


@dataclass(frozen=True)
class StepResult:
    """Loss in nats per target, norm of the gradient before clipping, rate of the first group, the
    tokens that the model has read, padding left out, whether the weights were changed, the norms
    layer by layer where they were asked for, and what the user should hear."""

    loss: float
    grad_norm: float
    learning_rate: float
    num_tokens: int
    verdict: Verdict = ACCEPTED
    layer_norms: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()


class TrainingStep:
    """Runs optimiser steps; holds what stays the same from step to step.

    Args:
        execution: the model, spread over as many processes as there are.
        objective: gives `(loss_sum, num_targets)` for a model and a batch.
        dtype: of matrix products; anything but float32 is autocast.
        spikes: judges each step before it changes the weights; one of its own when None.

    Attributes:
        num_steps: steps of the whole run, over which the learning rate is spread; those of
            `config` until they are corrected.
    """

    def __init__(
        self,
        execution: Execution,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        config: TrainingConfig,
        *,
        device: torch.device,
        dtype: torch.dtype,
        spikes: SpikeGuard | None = None,
    ) -> None:
        self._execution = execution
        self._objective = objective
        self._optimizer = optimizer
        self._config = config
        self.num_steps = config.steps
        self._device = device
        self._dtype = dtype
        self._spikes = spikes or SpikeGuard(config.guards)
        self._hardware = HardwareCheck(
            execution.model, execution.mesh.ranks, device.type, config.guards.rerun_every
        )

    def run(
        self,
        step: int,
        micro_batches: Sequence[NumpyBatch],
        *,
        validation_losses: Sequence[float] = (),
        has_layer_norms: bool = False,
    ) -> StepResult:
        """Accumulate the gradient of this process's `micro_batches` and update the weights, unless
        the guards refuse the step.

        Args:
            validation_losses: those so far, the oldest first: a rate may fall on their plateaus.
            has_layer_norms: whether the gradient is to be measured layer by layer.

        Raises:
            RunError: too many steps in a row were refused, or the weights are not finite, or the
                hardware is faulty; the weights are then as they were before the step.
        """
        execution = self._execution
        counts = (
            float(sum(map(self._objective.count_targets, micro_batches))),
            float(sum(map(count_tokens, micro_batches))),
        )
        own_targets, num_tokens = execution.mesh.sum_over_data(counts)
        # A batch without any target, of texts too short to hide anything in, has loss 0.
        num_targets = max(1, round(own_targets))
        factor = learning_rate_factor(
            self._config.schedule, step, self.num_steps, validation_losses
        )
        rate = set_learning_rate(self._optimizer, factor)
        execution.model.train()
        self._optimizer.zero_grad(set_to_none=True)
        batches = [self._to_device(batch) for batch in micro_batches]
        buffers = {name: value.clone() for name, value in execution.model.named_buffers()}
        # The stages of a pipeline are filled with all micro-batches of a step or not at all.
        first = batches if execution.mesh.config.pipeline > 1 else batches[:1]
        notes = self._hardware.check(step, lambda: self._measure(step, first, num_targets, buffers))
        loss_sum = execution.accumulate(
            batches, self._loss, num_targets, lambda index: self._seed_dropout(step, index)
        )
        ranks = execution.mesh.ranks
        layer_norms = gradient_norms(execution.model, ranks) if has_layer_norms else None
        grad_norm = execution.clip_gradients(self._config.max_grad_norm or float("inf"))
        loss, grad_norm = agree(ranks, loss_sum / num_targets, grad_norm)
        verdict = self._spikes.judge(loss, grad_norm)
        if verdict.is_accepted:
            self._hardware.check_weights(step)
            self._optimizer.step()
            self._hardware.remember_weights()
        else:
            self._restore(buffers)
            self._stop_where_skipping_is_in_vain(step, loss, grad_norm, verdict, batches)
        return StepResult(
            loss, grad_norm, rate, round(num_tokens), verdict, layer_norms, tuple(notes)
        )

    def take_weights(self) -> None:
        """Take the weights as they are now for the right ones: they were averaged over copies."""
        self._hardware.remember_weights()

    def _stop_where_skipping_is_in_vain(
        self,
        step: int,
        loss: float,
        grad_norm: float,
        verdict: Verdict,
        batches: Sequence[Batch],
    ) -> None:
        model, ranks = self._execution.model, self._execution.mesh.ranks
        assert verdict.cause is not None, "an accepted step is no reason to stop"
        is_beyond_help = verdict.cause is Cause.NOT_FINITE and has_bad_weights(model, ranks)
        if verdict.must_stop or is_beyond_help:
            layer = find_layer(
                model, lambda: self._execution.measure(batches[0], self._loss), ranks
            )
            numbers = self._spikes.numbers(loss, grad_norm)
            raise divergence(
                describe(verdict.cause),
                numbers,
                step,
                layer,
                num_skipped=verdict.num_in_a_row,
                is_spike=verdict.cause in SPIKES,
            )

    def measure_noise(self, step: int, micro_batches: Sequence[NumpyBatch]) -> NoiseEstimate | None:
        """How noisy the gradient of `micro_batches` is; None where they cannot be told apart. A
        single micro-batch is cut in halves. Weights, buffers and optimiser stay as they are."""
        arrays = in_parts(micro_batches)
        parts = [self._to_device(part) for part in arrays]
        mesh = self._execution.mesh
        targets = mesh.sum_over_data([float(self._objective.count_targets(p)) for p in arrays])
        tokens = mesh.sum_over_data([float(count_tokens(part)) for part in arrays])
        if len(parts) < 2 or min(targets) < 1.0:
            return None
        model = self._execution.model.train()
        buffers = {name: value.clone() for name, value in model.named_buffers()}

        def gradient_norm_of(numbers: Sequence[int]) -> float:
            chosen = [parts[number] for number in numbers]
            num_targets = round(sum(targets[number] for number in numbers))
            return self._measure(step, chosen, num_targets, buffers).grad_norm

        self._optimizer.zero_grad(set_to_none=True)
        return measure_noise(tokens, gradient_norm_of)

    def _measure(
        self,
        step: int,
        batches: Sequence[Batch],
        num_targets: int,
        buffers: Mapping[str, torch.Tensor],
    ) -> Measurement:
        """Loss and gradient norm of `batches`; leaves everything as it was."""
        execution = self._execution
        loss_sum = execution.accumulate(
            batches, self._loss, num_targets, lambda index: self._seed_dropout(step, index)
        )
        grad_norm = execution.clip_gradients(float("inf"))
        self._optimizer.zero_grad(set_to_none=True)
        self._restore(buffers)
        return Measurement(loss_sum / num_targets, grad_norm, sum_weight_bits(execution.model))

    @torch.no_grad()
    def _restore(self, buffers: Mapping[str, torch.Tensor]) -> None:
        for name, value in self._execution.model.named_buffers():
            value.copy_(buffers[name])

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
