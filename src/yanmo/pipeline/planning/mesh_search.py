"""The best mesh for a shape on a cluster: every factorisation that fits, by modelled step time.

Comes in: a shape, a device, links and the rows of a step. Goes out: layouts with their times and
memories, the fastest first. What is searched: pipeline, replicate, shard, context and tensor
degrees, the rows of a micro-batch, the schedule and the pieces of a pipeline, and what is
recomputed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yanmo.parallel.config import PipelineSchedule
from yanmo.parallel.pipeline_schedules import is_split
from yanmo.pipeline.planning.accelerators import Accelerator
from yanmo.pipeline.planning.device_memory import RUNTIME_BYTES, DeviceMemory, estimate_memory
from yanmo.pipeline.planning.layout import Checkpointing, Layout, Sharding
from yanmo.pipeline.planning.pipeline_passes import can_order
from yanmo.pipeline.planning.shapes import DecoderShape
from yanmo.pipeline.planning.step_time import Links, StepTime, estimate_step

USABLE_FRAC = 0.94
"""Of a device's memory; the rest is lost between the blocks of its allocator."""
MAX_MICRO_ROWS = 64
LONG_ROW_TOKENS = 16_384
"""Shorter rows are not cut over devices."""
MIN_PART_TOKENS = 2048
"""Of a row that is cut."""
SCHEDULES: tuple[PipelineSchedule, ...] = (
    "1f1b",
    "interleaved_1f1b",
    "zero_bubble",
    "zbv_zero_bubble",
)
"""What is tried unless told. `gpipe` waits as long as `1f1b` and keeps more."""


@dataclass(frozen=True)
class PipelineChoices:
    """Orders of a pipeline's passes that are tried, and `Layout.has_buffer_per_pass` of them."""

    schedules: tuple[PipelineSchedule, ...] = SCHEDULES
    has_buffer_per_pass: bool = True


_CHUNKS: dict[PipelineSchedule, tuple[int, ...]] = {
    "gpipe": (1,),
    "1f1b": (1,),
    "interleaved_1f1b": (2, 4, 8),
    "zero_bubble": (1, 2, 4, 8),
    "zbv_zero_bubble": (2,),
}
"""Pieces on each stage."""
_UNEVEN_FRAC = 0.05
"""How much longer the longest piece of a pipeline may be than the mean."""


@dataclass(frozen=True)
class Candidate:
    """A layout that fits, its step and the memory of its fullest device."""

    layout: Layout
    step: StepTime
    memory: DeviceMemory


def search_meshes(
    shape: DecoderShape,
    device: Accelerator,
    links: Links,
    *,
    num_devices: int,
    rows: int,
    pipelines: PipelineChoices = PipelineChoices(),
) -> list[Candidate]:
    """Every layout of `num_devices` that fits, the fastest first; none where nothing does.

    Args:
        rows: of a step, over the whole cluster.
        pipelines: what is tried of pipelines.
    """
    limit = USABLE_FRAC * device.memory_bytes - RUNTIME_BYTES
    found = []
    for layout in _layouts(shape, links, num_devices, rows, pipelines):
        micro_batches = rows // (layout.data * layout.micro_batch_rows)
        memory = estimate_memory(shape, layout, num_micro_batches=micro_batches)
        if memory.total > limit:
            continue
        step = estimate_step(shape, layout, device, links, rows=rows)
        found.append(Candidate(layout, step, memory))
    # Of equals the simpler one: fewer stages, then less tensor parallelism.
    found.sort(key=lambda one: (round(one.step.total, 6), one.layout.pipeline, one.layout.tensor))
    return found


def smallest_memory(
    shape: DecoderShape,
    links: Links,
    *,
    num_devices: int,
    rows: int,
    pipelines: PipelineChoices = PipelineChoices(),
) -> DeviceMemory | None:
    """Memory of the layout that takes least, to be told where nothing fits; None where no layout
    divides at all."""
    memories = [
        estimate_memory(
            shape,
            layout,
            num_micro_batches=rows // (layout.data * layout.micro_batch_rows),
        )
        for layout in _layouts(shape, links, num_devices, rows, pipelines)
    ]
    return min(memories, key=lambda memory: memory.total, default=None)


def _layouts(
    shape: DecoderShape,
    links: Links,
    num_devices: int,
    rows: int,
    pipelines: PipelineChoices,
) -> Iterator[Layout]:
    kv_heads = shape.num_kv_heads or shape.num_heads
    is_long = shape.max_seq_len >= LONG_ROW_TOKENS
    for tensor in divisors(min(links.devices_per_node, num_devices)):
        if num_devices % tensor or kv_heads % tensor or shape.num_heads % tensor:
            continue
        rest = num_devices // tensor
        for pipeline in divisors(rest):
            if pipeline > 1 and not _is_even(shape.num_layers, pipeline):
                continue
            contexts = divisors(rest // pipeline) if is_long else [1]
            for context in contexts:
                part = shape.max_seq_len // context
                if context > 1 and (shape.max_seq_len % (2 * context) or part < MIN_PART_TOKENS):
                    continue
                data = rest // pipeline // context
                if rows % data == 0:
                    degrees = (pipeline, data, context, tensor)
                    yield from _choices(shape, links, degrees, rows, pipelines)


def _choices(
    shape: DecoderShape,
    links: Links,
    degrees: tuple[int, int, int, int],
    rows: int,
    pipelines: PipelineChoices,
) -> Iterator[Layout]:
    """What can be chosen within a mesh of (pipeline, data, context, tensor)."""
    pipeline, data, context, tensor = degrees
    checkpointings: tuple[Checkpointing, ...] = ("none", "alternate", "full")
    per_rank = rows // data
    micros = [m for m in divisors(per_rank) if m <= MAX_MICRO_ROWS]
    for (shard, sharding), micro, (schedule, chunks), checkpointing in itertools.product(
        _shardings(data, pipeline, links.devices_per_node // tensor or 1),
        micros,
        _orders(shape, pipeline, pipelines.schedules),
        checkpointings,
    ):
        if pipeline > 1 and not can_order(schedule, pipeline, chunks, per_rank // micro):
            continue
        if checkpointing != "none" and is_split(schedule):
            continue  # it goes back through a block twice, and would compute it again twice
        yield Layout.model_construct(
            pipeline=pipeline,
            replicate=data // shard,
            shard=shard,
            context=context,
            tensor=tensor,
            sharding=sharding,
            has_sequence_parallel=True,
            micro_batch_rows=micro,
            chunks=chunks,
            schedule=schedule,
            has_buffer_per_pass=pipelines.has_buffer_per_pass,
            checkpointing=checkpointing,
            has_fused_attention=True,
            has_fused_loss=True,
            has_overlap=True,
            weight_bytes=2,
            gradient_bytes=2,
            optimizer_bytes=12,
        )


def _orders(
    shape: DecoderShape, pipeline: int, schedules: Sequence[PipelineSchedule]
) -> list[tuple[PipelineSchedule, int]]:
    """Schedules, with the pieces of each stage, that a model of this depth can be cut for."""
    if pipeline == 1:
        return [("1f1b", 1)]
    return [
        (schedule, chunks)
        for schedule in schedules
        for chunks in _CHUNKS[schedule]
        if _is_even(shape.num_layers, pipeline * chunks)
        and not (schedule == "zbv_zero_bubble" and shape.tie_embeddings)
    ]


def _is_even(num_layers: int, pieces: int) -> bool:
    """Whether so many pieces are about equally long."""
    return math.ceil(num_layers / pieces) * pieces <= (1 + _UNEVEN_FRAC) * num_layers


def _shardings(data: int, pipeline: int, on_node: int) -> list[tuple[int, Sharding]]:
    """How data ranks may share: not at all, all of them, or those of a node; with a pipeline the
    weights stay, since every micro-batch would gather them again."""
    if data == 1:
        return [(1, "none")]
    level: Sharding = "parameters" if pipeline == 1 else "gradients"
    found: list[tuple[int, Sharding]] = [(1, "none"), (data, level), (data, "optimizer")]
    if 1 < on_node < data and data % on_node == 0:
        found.append((on_node, level))
    return found


def divisors(number: int) -> list[int]:
    """The divisors of a positive number, smallest first."""
    small = [i for i in range(1, int(number**0.5) + 1) if number % i == 0]
    return small + [number // i for i in reversed(small) if i * i != number]
