"""A model whose processes all run the whole of it: on other rows, on other positions, or on other
parts of every product.

Micro-batches and a loss come in, as for one process; see `parallel.execution`. How parameters are
spread was decided before (`parallel.apply`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from yanmo.parallel.data import Sync, reshard
from yanmo.parallel.execution import Batch, BeforeBatch, LossFunction
from yanmo.parallel.gather import gather_state
from yanmo.parallel.gradients import AVERAGED_AXES, clip_gradients, gradient_scale, sum_over
from yanmo.parallel.mesh import Mesh

_SEED_STEP = 0x9E3779B97F4A7C15
"""An odd number: seeds of different processes never meet."""


class ShardedExecution:
    """See `parallel.execution.Execution`.

    Args:
        mesh: of all processes.
        model: with the parameters of this process.
        forward: the same model as it is called.
        sync: told before each micro-batch whether gradients are averaged after it.
        cut_batch: this process's part of its data rank's batch.
    """

    def __init__(
        self,
        mesh: Mesh,
        model: nn.Module,
        *,
        forward: nn.Module | None = None,
        sync: Sync | None = None,
        cut_batch: Callable[[Batch], Batch] | None = None,
    ) -> None:
        self.mesh = mesh
        self.model = model
        self._forward = model if forward is None else forward
        self._sync = sync
        self._cut_batch = cut_batch

    def accumulate(
        self,
        batches: Sequence[Batch],
        loss: LossFunction,
        num_targets: int,
        before_batch: BeforeBatch,
    ) -> float:
        """Run each micro-batch forward and backward; gradients are averaged after the last."""
        total = torch.zeros((), dtype=torch.float64)
        for index, batch in enumerate(batches):
            before_batch(index)
            self._draw_apart()
            if self._sync is not None:
                self._sync(index == len(batches) - 1)
            loss_sum, _ = loss(self._forward, self._part(batch))
            torch.autograd.backward(share_of_loss(loss_sum, num_targets, gradient_scale(self.mesh)))
            total = total.to(loss_sum.device) + loss_sum.detach()
        return sum_over(self.mesh, total, AVERAGED_AXES)

    def measure(self, batch: Batch, loss: LossFunction) -> tuple[float, int]:
        """The loss of one batch, without gradients."""
        with torch.no_grad():
            loss_sum, num_targets = loss(self._forward, self._part(batch))
        reshard(self.model)
        targets = torch.tensor(float(num_targets), device=loss_sum.device)
        loss_total = sum_over(self.mesh, loss_sum, AVERAGED_AXES)
        return loss_total, round(sum_over(self.mesh, targets, AVERAGED_AXES))

    def clip_gradients(self, max_norm: float) -> float:
        """Scale the gradient of the whole model down to `max_norm`."""
        return clip_gradients(self.mesh, self.model.parameters(), max_norm)

    def full_state(self) -> dict[str, torch.Tensor] | None:
        """The whole model on the first process."""
        return gather_state(self.mesh, self.model)

    def _part(self, batch: Batch) -> Batch:
        return batch if self._cut_batch is None else self._cut_batch(batch)

    def _draw_apart(self) -> None:
        """Processes with other rows or positions drop other elements; those of one tensor axis
        begin alike, and part where their elements do."""
        place = self.mesh.data_rank * self.mesh.config.context + self.mesh.place("context")
        if place:
            torch.manual_seed((torch.initial_seed() + place * _SEED_STEP) % (1 << 63))


def share_of_loss(loss_sum: torch.Tensor, num_targets: int, scale: int) -> torch.Tensor:
    """What a process differentiates, so that the average over `scale` processes is the gradient of
    the mean over all `num_targets` of the step."""
    return loss_sum * (scale / num_targets)
