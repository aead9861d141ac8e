"""A model in stages on several processes, each of which runs its own on every part of a batch.

Micro-batches and a loss come in, as for one process; all micro-batches of a step flow through the
stages as one stream, cut into parts, in the order of a schedule of `torch.distributed.pipelining`.
Between two stages go states of one fixed shape and their gradients; what else a stage needs of a
batch every process has already. Nothing is pickled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.fsdp import FSDPModule
from torch.distributed.pipelining import PipelineStage

from yanmo.parallel.context import cut_positions
from yanmo.parallel.data import reshard
from yanmo.parallel.execution import Batch, BeforeBatch, LossFunction
from yanmo.parallel.gather import gather_state
from yanmo.parallel.gradients import (
    AVERAGED_AXES,
    clip_gradients,
    local_tensor,
    scale_gradients,
)
from yanmo.parallel.mesh import Mesh
from yanmo.parallel.pipeline_order import build_schedule
from yanmo.parallel.pipeline_schedules import num_parts, num_stages, stages_of
from yanmo.parallel.pipeline_stages import SHARED, DecoderStage, StageGroup
from yanmo.parallel.pipeline_stream import Call, Stream, join, part_seeds, record

_BUCKET_ELEMENTS = 1 << 23
"""Elements that go over the network at once: 32 MiB in float32."""


class PipelineExecution:
    """The stages of this process, and the others' beyond them; see `parallel.execution`.

    Args:
        mesh: of all processes.
        stages: those of this process in rising order, with values, on their device, spread over the
            other axes of the mesh: sharded by FSDP2, or plain copies, whose gradients are averaged
            here.
        gradient_scale: what the loss is multiplied by because gradients are averaged over as many
            processes.
        state_dtype: of the states between stages; that of the weights when left out.
    """

    def __init__(
        self,
        mesh: Mesh,
        stages: Sequence[DecoderStage],
        gradient_scale: float = 1.0,
        state_dtype: torch.dtype | None = None,
    ) -> None:
        self.mesh = mesh
        self.model: DecoderStage = stages[0] if len(stages) == 1 else StageGroup(stages)
        places = stages_of(mesh.config, mesh.place("pipeline"))
        self._stages = dict(zip(places, stages, strict=True))
        for stage in stages:
            if isinstance(stage, FSDPModule):
                # Weights stay gathered while parts flow: they would be gathered again for each.
                stage.set_reshard_after_forward(False)
        self._state_dtype = state_dtype or next(stages[0].parameters()).dtype
        self._gradient_scale = gradient_scale
        self._parts_of_each = num_parts(mesh.config)
        self._group = mesh.axis("pipeline").get_group()
        self._schedules: dict[bool, tuple[tuple[int, int, int], Any]] = {}
        self._losses: list[torch.Tensor] = []
        self._loss_factor = 0.0

    def accumulate(
        self,
        batches: Sequence[Batch],
        loss: LossFunction,
        num_targets: int,
        before_batch: BeforeBatch,
    ) -> float:
        """Send all micro-batches through the stages, forward and backward."""
        stream = self._stream([record(loss, batch) for batch in batches])
        place = self.mesh.data_rank * self.mesh.config.context + self.mesh.place("context")
        for index, stage in self._stages.items():
            stage.before_part = part_seeds(before_batch, self._parts_of_each, f"{index}/{place}")
        earlier = [(p, p.grad) for p in self.model.parameters() if p.grad is not None]
        for parameter, _ in earlier:
            parameter.grad = None
        self._loss_factor = self._gradient_scale / num_targets
        self._run(stream, is_training=True)
        self._average_copies()
        self._share_tied_gradient()
        for parameter, gradient in earlier:
            assert parameter.grad is not None, "a parameter has lost its gradient"
            parameter.grad += gradient
        return self._total_loss()

    def measure(self, batch: Batch, loss: LossFunction) -> tuple[float, int]:
        """The loss of one batch, without gradients; rows that do not divide are filled up."""
        call = record(loss, batch)
        for stage in self._stages.values():
            stage.before_part = None
        with torch.no_grad():
            self._run(self._stream([call]), is_training=False)
        for stage in self._stages.values():
            reshard(stage)
        num_targets = self.mesh.sum_over_data([float(call.num_targets)])[0]
        return self._total_loss(), round(num_targets)

    def clip_gradients(self, max_norm: float) -> float:
        """Scale the gradient of all stages down to `max_norm`."""
        counted: list[torch.Tensor] = []
        copies: list[torch.Tensor] = []
        for name, parameter in self.model.named_parameters():
            # Tied embeddings count at the beginning of the pipeline, and not again at its end.
            is_copy = name == SHARED and not self.model.cut.is_first
            (copies if is_copy else counted).append(parameter)
        norm = clip_gradients(self.mesh, counted, max_norm)
        scale_gradients([p.grad for p in copies if p.grad is not None], max_norm, norm)
        return norm

    def full_state(self) -> dict[str, torch.Tensor] | None:
        """The whole model on the CPU of the first process."""
        return gather_state(self.mesh, self.model)

    def _run(self, stream: Stream, *, is_training: bool) -> None:
        """One pass of every part through this process's stages; losses are left in `_losses`."""
        schedule = self._schedule(stream, is_training)
        tokens = stream.arrays["tokens"]
        self._losses.clear()
        run = schedule.step if is_training else schedule.eval
        run(
            *((tokens,) if 0 in self._stages else ()),
            target=torch.zeros(stream.num_parts, device=tokens.device),  # read by nobody
            return_outputs=False,
            part=torch.arange(stream.num_parts),
            state_dtype=self._state_dtype,
            **stream.arrays,
            **stream.settings,
        )

    def _stream(self, calls: Sequence[Call]) -> Stream:
        stream = join(calls, self._parts_of_each)
        size = self.mesh.config.context
        arrays = cut_positions(stream.arrays, self.mesh.place("context"), size)
        return Stream(arrays, stream.settings, stream.num_parts)

    def _schedule(self, stream: Stream, is_training: bool) -> Any:
        """A schedule for parts of this shape; what it keeps in memory fits one shape only."""
        shape = (stream.num_parts, stream.rows, stream.width)
        if is_training in self._schedules and self._schedules[is_training][0] == shape:
            return self._schedules[is_training][1]
        stages = [self._build_stage(index, stream) for index in self._stages]
        config = self.mesh.config
        schedule = build_schedule(
            config.pipeline_schedule,
            stages,
            stream.num_parts,
            self._loss_of_part,
            is_training=is_training,
        )
        self._schedules[is_training] = shape, schedule
        return schedule

    def _build_stage(self, index: int, stream: Stream) -> PipelineStage:
        stage = self._stages[index]
        shape = (stream.rows, stream.width, stage.config.d_model)
        states = torch.empty(shape, dtype=self._state_dtype, device="meta", requires_grad=True)
        loss_dtype = torch.promote_types(self._state_dtype, torch.float32)
        loss = torch.empty((), dtype=loss_dtype, device="meta", requires_grad=True)
        tokens = stream.arrays["tokens"][: stream.rows]
        return PipelineStage(
            stage,
            index,
            num_stages(self.mesh.config),
            stage.device,
            input_args=tokens if stage.cut.is_first else states,
            output_args=loss if stage.cut.is_last else states,
            group=self._group,
        )

    def _loss_of_part(self, loss_sum: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        del target  # labels have gone in with the other arrays
        self._losses.append(loss_sum.detach().clone())
        return loss_sum * self._loss_factor

    def _total_loss(self) -> float:
        own = sum(float(loss.item()) for loss in self._losses)
        # Of the processes that share rows, one along the pipeline has the loss, and each along the
        # context axis has some of it.
        counted = own * self.mesh.config.pipeline * self.mesh.config.context
        return self.mesh.sum_over_data([counted])[0]

    def _average_copies(self) -> None:
        """Average the gradient over plain copies of the stages; FSDP2 has done so for its own, and
        copies that take local steps are averaged themselves."""
        is_local = self.mesh.config.local_sgd is not None
        axes = [self.mesh.axis(a) for a in AVERAGED_AXES if not (is_local and a == "replicate")]
        num_copies = math.prod(axis.size() for axis in axes)
        if num_copies == 1 or isinstance(next(iter(self._stages.values())), FSDPModule):
            return
        for bucket in _buckets(p.grad for p in self.model.parameters() if p.grad is not None):
            flat = torch.cat([gradient.flatten() for gradient in bucket])
            for axis in axes:
                dist.all_reduce(flat, group=axis.get_group())
            flat /= num_copies
            means = torch.split(flat, [gradient.numel() for gradient in bucket])
            for gradient, mean in zip(bucket, means, strict=True):
                gradient.copy_(mean.view_as(gradient))

    def _share_tied_gradient(self) -> None:
        """Sum the gradient of tied embeddings over their two ends, which then stay equal (as
        Megatron-LM does; Narayanan et al. 2021, section 3.2)."""
        is_first, is_last = self.model.cut.is_first, self.model.cut.is_last
        if not self.model.config.tie_embeddings or is_first == is_last:
            return
        gradient = self.model.embed.weight.grad
        assert gradient is not None, "an end of the pipeline has no gradient of the embedding"
        own = local_tensor(gradient)
        others = torch.empty_like(own)
        other = dist.get_global_rank(self._group, self.mesh.config.pipeline - 1 if is_first else 0)
        operations = [
            dist.P2POp(dist.isend, own.contiguous(), other, self._group),
            dist.P2POp(dist.irecv, others, other, self._group),
        ]
        for work in dist.batch_isend_irecv(operations):
            work.wait()
        own += others


def _buckets(gradients: Iterable[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """What is here of gradients, in lists of one dtype and at most `_BUCKET_ELEMENTS` or one."""
    bucket: list[torch.Tensor] = []
    size = 0
    for gradient in map(local_tensor, gradients):
        is_full = size + gradient.numel() > _BUCKET_ELEMENTS
        if bucket and (is_full or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(gradient)
        size += gradient.numel()
    if bucket:
        yield bucket
