"""How the gradient of one optimiser step comes about: by one process, or by all of a mesh.

Micro-batches and a loss come in; gradients of `loss_sum / num_targets` over the batches of ALL
processes are left in the parameters, and sums over all processes go out. The trainer sees nothing
of how the work was shared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import nn

from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import Mesh
from yanmo.parallel.ranks import Ranks

Batch = Mapping[str, torch.Tensor]
LossFunction = Callable[[nn.Module, Batch], tuple[torch.Tensor, int]]
"""An objective's `loss`: (sum of the loss in nats, number of targets) of a batch."""
BeforeBatch = Callable[[int], None]
"""Called with the number of each micro-batch before it runs: seeds dropout."""


class Execution(Protocol):
    """A model spread over the mesh, as the trainer uses it.

    Attributes:
        mesh: where this process stands.
        model: the model, or the part of it that this process holds; its parameters are what the
            optimiser updates, under the names that the whole model gives them.
    """

    mesh: Mesh
    model: nn.Module

    def accumulate(
        self,
        batches: Sequence[Batch],
        loss: LossFunction,
        num_targets: int,
        before_batch: BeforeBatch,
    ) -> float:
        """Add the gradient of the loss of `batches` over `num_targets`, those of all processes.

        Args:
            batches: this data rank's micro-batches, on the device; as many on every process.
            loss: of a model and a batch.
            num_targets: targets of the whole step over all data ranks.
            before_batch: called before each micro-batch.

        Returns:
            The sum of the loss over all processes, in nats; the same number on each.
        """

    def measure(self, batch: Batch, loss: LossFunction) -> tuple[float, int]:
        """The sum of the loss and of the targets over all processes, without gradients."""

    def clip_gradients(self, max_norm: float) -> float:
        """Scale the gradient of the whole model down to `max_norm`; give its norm before that. A
        gradient whose norm is not finite stays as it is, so that its layer can be found."""

    def full_state(self) -> dict[str, torch.Tensor] | None:
        """The whole model's parameters and buffers on the CPU on the first process, None elsewhere.
        Every process must call it."""


class SingleProcess:
    """One process with the whole model.

    Args:
        model: whose parameters are trained.
        forward: the same model as it is called: itself, or compiled.
    """

    def __init__(self, model: nn.Module, forward: nn.Module | None = None) -> None:
        self.mesh = Mesh(ParallelConfig(), Ranks.alone(), None)
        self.model = model
        self._forward = model if forward is None else forward

    @property
    def is_compiled(self) -> bool:
        """Whether the model is called through something compiled from it."""
        return self._forward is not self.model

    def accumulate(
        self,
        batches: Sequence[Batch],
        loss: LossFunction,
        num_targets: int,
        before_batch: BeforeBatch,
    ) -> float:
        """Run each micro-batch forward and backward."""
        total = 0.0
        for index, batch in enumerate(batches):
            before_batch(index)
            loss_sum, _ = loss(self._forward, batch)
            torch.autograd.backward(loss_sum / num_targets)
            total += float(loss_sum.detach().item())
        return total

    def measure(self, batch: Batch, loss: LossFunction) -> tuple[float, int]:
        """The loss of one batch, without gradients."""
        with torch.no_grad():
            loss_sum, num_targets = loss(self._forward, batch)
        return float(loss_sum.item()), num_targets

    def clip_gradients(self, max_norm: float) -> float:
        """Scale the gradient down to `max_norm`, unless it is not finite."""
        parameters = list(self.model.parameters())
        norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        total = float(norm.item())
        if math.isfinite(total):
            nn.utils.clip_grads_with_norm_(parameters, max_norm, norm)
        return total

    def full_state(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers on the CPU."""
        named = [*self.model.named_parameters(), *self.model.named_buffers()]
        return {name: tensor.detach().cpu() for name, tensor in named}
