"""What a pipeline's order costs is what torch's schedules do: activations that are held, buffers
that are there; and it waits as long as the parallel layer says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.parallel.ranks_harness import run_ranks
from tests.parallel.test_pipeline_schedules import table
from tests.pipeline.planning.buffer_ranks import count_buffers

from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.pipeline_schedules import bubble_frac
from yanmo.pipeline.planning.accelerators import ACCELERATORS
from yanmo.pipeline.planning.device_memory import STATE_BYTES, estimate_memory
from yanmo.pipeline.planning.layout import Layout
from yanmo.pipeline.planning.mesh_search import PipelineChoices, search_meshes
from yanmo.pipeline.planning.pipeline_passes import (
    can_order,
    held_passes,
    state_buffers,
    waiting_frac,
)
from yanmo.pipeline.planning.shapes import SHAPES
from yanmo.pipeline.planning.step_time import Links, estimate_step

ORDERS = [
    ("gpipe", 1),
    ("1f1b", 1),
    ("interleaved_1f1b", 2),
    ("interleaved_1f1b", 3),
    ("zero_bubble", 1),
    ("zero_bubble", 2),
    ("zbv_zero_bubble", 2),
]
GPT3 = SHAPES["gpt3-175b"].model_copy(update={"tie_embeddings": False})
A100 = ACCELERATORS["a100-80gb"]


def section(schedule: Any, chunks: int, stages: int) -> ParallelConfig:
    return ParallelConfig(pipeline=stages, pipeline_schedule=schedule, stages_per_process=chunks)


def most_held(actions: list[tuple[str, int, int]]) -> int:
    """Passes between their forward pass and the last of their backward passes, at most."""
    held = most = 0
    for kind, _, _ in actions:
        held += {"F": 1, "B": -1, "W": -1}.get(kind, 0)
        most = max(most, held)
    return most


@pytest.mark.parametrize(("schedule", "chunks"), ORDERS)
@pytest.mark.parametrize("stages", [2, 4])
@pytest.mark.parametrize("rounds", [2, 5])
def test_activations_are_held_as_long_as_torchs_table_does(
    schedule: Any, chunks: int, stages: int, rounds: int
) -> None:
    layout = Layout(pipeline=stages, schedule=schedule, chunks=chunks)
    tables = table(section(schedule, chunks, stages), rounds * stages)
    for place, is_last in ((0, False), (-1, True)):
        expected = most_held(tables[place])
        assert held_passes(layout, rounds * stages, is_last=is_last) == expected


def test_stages_have_the_buffers_that_are_counted() -> None:
    orders = [(schedule, chunks) for schedule, chunks in ORDERS if chunks <= 2]
    sections = [
        {"pipeline_schedule": schedule, "stages_per_process": chunks, "pipeline_micro_batches": 4}
        for schedule, chunks in orders
    ]
    found = run_ranks(count_buffers, 2, sections)
    for index, (schedule, chunks) in enumerate(orders):
        layout = Layout(pipeline=2, schedule=schedule, chunks=chunks)
        for rank, is_last in ((0, False), (1, True)):
            sent = held_passes(layout, 8, is_last=is_last)
            sent = 0 if is_last and chunks == 1 else sent
            counted = state_buffers(layout, 8, is_last=is_last) - sent
            assert counted == found[rank][index], (schedule, rank)


# Of a V the fullest device is one end or the other, by the buffers.
@pytest.mark.parametrize(("schedule", "chunks"), ORDERS[:-1])
def test_buffers_between_stages_are_in_the_memory_of_a_device(schedule: Any, chunks: int) -> None:
    layout = Layout(pipeline=8, tensor=8, schedule=schedule, chunks=chunks, sharding="none")
    lean = layout.model_copy(update={"has_buffer_per_pass": False})
    state = STATE_BYTES * GPT3.max_seq_len * GPT3.d_model
    whole, least = (estimate_memory(GPT3, one, num_micro_batches=64) for one in (layout, lean))
    more = state_buffers(layout, 64, is_last=False) - state_buffers(lean, 64, is_last=False)
    assert whole.buffers - least.buffers == pytest.approx(more * state)
    assert whole.activations == least.activations
    assert estimate_memory(GPT3, Layout(tensor=8), num_micro_batches=64).buffers < whole.buffers


@pytest.mark.parametrize(("schedule", "chunks"), ORDERS)
def test_a_step_waits_as_long_as_the_parallel_layer_says(schedule: Any, chunks: int) -> None:
    layout = Layout(pipeline=8, tensor=8, schedule=schedule, chunks=chunks)
    links = Links(8, 1e15, 1e15)  # sending between stages takes no time
    step = estimate_step(GPT3, layout, A100, links, rows=64)
    computed = step.products + step.memory + step.tensor + step.context
    frac = bubble_frac(section(schedule, chunks, 8), 64)
    assert waiting_frac(layout, 64) == frac
    assert step.pipeline / (computed + step.pipeline) == pytest.approx(frac, rel=1e-3)


def test_what_a_schedule_cannot_order_is_not_proposed() -> None:
    assert not can_order("interleaved_1f1b", 4, 2, 6)
    assert not can_order("1f1b", 4, 1, 3)
    assert can_order("zbv_zero_bubble", 4, 2, 6)
    links = Links(8, A100.link_bytes_per_s, A100.network_bytes_per_s)
    found = search_meshes(GPT3, A100, links, num_devices=64, rows=64)
    pipelines = [one.layout for one in found if one.layout.pipeline > 1]
    assert {layout.schedule for layout in pipelines} > {"1f1b", "zero_bubble"}
    for layout in pipelines:
        passes = 64 // (layout.data * layout.micro_batch_rows)
        assert can_order(layout.schedule, layout.pipeline, layout.chunks, passes)
    only = PipelineChoices(("gpipe",))
    found = search_meshes(GPT3, A100, links, num_devices=64, rows=64, pipelines=only)
    assert {one.layout.schedule for one in found if one.layout.pipeline > 1} == {"gpipe"}


def test_tied_ends_are_no_v() -> None:
    tied = SHAPES["gpt3-175b"]
    links = Links(8, A100.link_bytes_per_s, A100.network_bytes_per_s)
    only = PipelineChoices(("zbv_zero_bubble",))
    found = search_meshes(tied, A100, links, num_devices=64, rows=64, pipelines=only)
    assert all(one.layout.pipeline == 1 for one in found)
