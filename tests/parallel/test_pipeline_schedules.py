"""Numbers of pipeline schedules: who holds which stage, what is refused, and the bubble, which is
that of each schedule's own table when a clock runs it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.pipeline_order import build_schedule
from yanmo.parallel.pipeline_schedules import (
    bubble_frac,
    check_schedule,
    num_parts,
    num_stages,
    stages_of,
    stages_per_process,
)

Action = tuple[str, int, int]
"""F (forward), I (gradient of inputs), W (of weights) or B (of both); the stage; the pass."""


def config(**fields: Any) -> ParallelConfig:
    return ParallelConfig(**fields)


def table(section: ParallelConfig, num_passes: int) -> list[list[Action]]:
    """What each process does, in its order."""
    return [_actions(section, place, num_passes) for place in range(section.pipeline)]


def _actions(section: ParallelConfig, place: int, num_passes: int) -> list[Action]:
    if section.pipeline_schedule == "1f1b":
        return _one_forward_one_backward(section.pipeline, place, num_passes)
    stages: list[Any] = [
        SimpleNamespace(
            num_stages=num_stages(section),
            group_size=section.pipeline,
            group_rank=place,
            stage_index=index,
            submod=nn.Identity(),
        )
        for index in stages_of(section, place)
    ]
    order = build_schedule(
        section.pipeline_schedule, stages, num_passes, lambda *_: None, is_training=True
    )
    listed = order._get_pipeline_order() if len(stages) == 1 and not order.pipeline_order else None
    actions = (listed or order.pipeline_order)[place]
    return [
        (action.computation_type.value, action.stage_index, action.microbatch_index)
        for action in actions
        if action is not None and action.computation_type.value in "FIWB"
    ]


def _one_forward_one_backward(size: int, stage: int, num_passes: int) -> list[Action]:
    """As `Schedule1F1B` runs; the table that it draws of itself lacks the last stage's first pass
    (torch 2.13)."""
    ahead = min(num_passes, size - stage)
    actions: list[Action] = [("F", stage, index) for index in range(ahead)]
    for index in range(num_passes):
        actions.append(("B", stage, index))
        if ahead + index < num_passes:
            actions.append(("F", stage, ahead + index))
    return actions


def waiting_frac(section: ParallelConfig, num_passes: int) -> float:
    """The part of the time in which a process waits, by a clock."""
    tables = table(section, num_passes)
    per_process = stages_per_process(section)
    last = num_stages(section) - 1
    done: dict[Action, float] = {}
    clocks = [0.0] * len(tables)
    places = [0] * len(tables)
    while any(place < len(actions) for place, actions in zip(places, tables, strict=True)):
        before = list(places)
        for process, actions in enumerate(tables):
            while places[process] < len(actions):
                kind, stage, index = actions[places[process]]
                if kind == "F":
                    needs = [("F", stage - 1, index)] if stage else []
                elif kind == "W":
                    needs = [("I", stage, index)]
                else:
                    needs = [("F", stage, index)]
                    needs += [("I", stage + 1, index)] if stage < last else []
                if any(need not in done for need in needs):
                    break
                start = max([clocks[process], *(done[need] for need in needs)])
                clocks[process] = start + (2 if kind == "B" else 1) / per_process
                done["I" if kind == "B" else kind, stage, index] = clocks[process]
                places[process] += 1
        assert places != before, "the table waits for itself"
    return 1 - 3 * num_passes / max(clocks)


@pytest.mark.parametrize(
    ("schedule", "per_process"),
    [
        ("gpipe", 1),
        ("1f1b", 1),
        ("interleaved_1f1b", 2),
        ("interleaved_1f1b", 3),
        ("zero_bubble", 1),
        ("zero_bubble", 2),
        ("zbv_zero_bubble", 2),
    ],
)
@pytest.mark.parametrize("processes", [2, 4, 8])
@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_the_bubble_is_that_of_the_schedules_own_table(
    schedule: Any, per_process: int, processes: int, rounds: int
) -> None:
    section = config(pipeline=processes, pipeline_schedule=schedule, stages_per_process=per_process)
    num_passes = rounds * processes
    expected = waiting_frac(section, num_passes)
    assert bubble_frac(section, num_passes) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("num_passes", [1, 2, 4, 5, 6, 7, 8, 11])
@pytest.mark.parametrize("processes", [2, 4, 5])
def test_the_bubble_of_a_v_grows_when_passes_are_few(processes: int, num_passes: int) -> None:
    section = config(pipeline=processes, pipeline_schedule="zbv_zero_bubble")
    expected = waiting_frac(section, num_passes)
    assert bubble_frac(section, num_passes) == pytest.approx(expected, abs=1e-12)


def test_the_numbers_of_the_literature() -> None:
    # Narayanan et al. 2021, section 2.2.1: (p - 1) / m of the ideal time, 1 / v of it interleaved.
    frac = bubble_frac(config(pipeline=8), 64)
    assert frac / (1 - frac) == pytest.approx(7 / 64)
    looped = config(pipeline=8, pipeline_schedule="interleaved_1f1b", stages_per_process=4)
    frac = bubble_frac(looped, 64)
    assert frac / (1 - frac) == pytest.approx(7 / 64 / 4)
    # Qi et al. 2023: a third of 1F1B's.
    split = config(pipeline=8, pipeline_schedule="zero_bubble", stages_per_process=1)
    frac = bubble_frac(split, 64)
    assert frac / (1 - frac) == pytest.approx(7 / 64 / 3)
    assert bubble_frac(config(pipeline=1), 4) == 0.0


@pytest.mark.parametrize("schedule", ["gpipe", "1f1b", "interleaved_1f1b", "zbv_zero_bubble"])
@pytest.mark.parametrize("processes", [2, 3, 4])
def test_every_stage_is_on_one_process(schedule: Any, processes: int) -> None:
    section = config(pipeline=processes, pipeline_schedule=schedule)
    held = [stage for place in range(processes) for stage in stages_of(section, place)]
    assert sorted(held) == list(range(num_stages(section)))


def test_a_v_goes_down_and_up_again() -> None:
    section = config(pipeline=3, pipeline_schedule="zbv_zero_bubble")
    assert [stages_of(section, place) for place in range(3)] == [[0, 5], [1, 4], [2, 3]]


def test_parts_are_as_many_as_stages_unless_told() -> None:
    assert num_parts(config(pipeline=4)) == 4
    assert num_parts(config(pipeline=2, pipeline_schedule="interleaved_1f1b")) == 4
    assert num_parts(config(pipeline=2, pipeline_micro_batches=6)) == 6


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pipeline_schedule": "1f1b", "stages_per_process": 2}, "stages_per_process"),
        ({"pipeline_schedule": "gpipe", "stages_per_process": 3}, "stages_per_process"),
        ({"pipeline_schedule": "zbv_zero_bubble", "stages_per_process": 1}, "stages_per_process"),
        ({"pipeline_schedule": "1f1b", "pipeline_micro_batches": 3}, "pipeline_micro_batches"),
        (
            {"pipeline_schedule": "interleaved_1f1b", "pipeline_micro_batches": 6},
            "pipeline_micro_batches",
        ),
        (
            {"pipeline_schedule": "zero_bubble", "pipeline_micro_batches": 6},
            "pipeline_micro_batches",
        ),
    ],
)
def test_what_a_schedule_cannot_order_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_schedule(config(pipeline=4, **fields))
    assert caught.value.where == f"parallel.{field}"
