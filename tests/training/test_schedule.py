"""What changes over a run, by hand: learning rate, batch size, the end."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from yanmo.training.config import (
    BatchWarmupConfig,
    EarlyStoppingConfig,
    PretrainConfig,
    ScheduleConfig,
    fields_without_effect,
)
from yanmo.training.schedule import (
    batch_rows_at,
    has_stopped_early,
    index_of_best,
    learning_rate_factor,
    rows_before,
)


def factors(config: ScheduleConfig, num_steps: int) -> list[float]:
    return [learning_rate_factor(config, step, num_steps) for step in range(num_steps)]


def test_warmup_rises_linearly_to_the_peak() -> None:
    found = factors(ScheduleConfig(name="linear", warmup_steps=4), 10)
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]


def test_linear_ends_at_its_final_fraction() -> None:
    found = factors(ScheduleConfig(name="linear", warmup_steps=0, final_frac=0.1), 10)
    assert found[-1] == pytest.approx(0.1)
    gaps = {round(a - b, 9) for a, b in itertools.pairwise(found)}
    assert gaps == {0.09}


def test_cosine_is_half_way_down_in_the_middle() -> None:
    config = ScheduleConfig(name="cosine", warmup_steps=0)
    found = factors(config, 100)
    assert found[49] == pytest.approx(0.5)
    assert found[24] == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert found[-1] == pytest.approx(0.0)


def test_warmup_stable_decay_stays_at_the_peak_and_then_falls() -> None:
    found = factors(ScheduleConfig(warmup_steps=10, decay_frac=0.4), 100)
    assert set(found[9:60]) == {1.0}
    assert found[60] == pytest.approx(1 - 1 / 40)
    assert found[-1] == pytest.approx(0.0)


def test_constant_stays_at_the_peak() -> None:
    assert factors(ScheduleConfig(name="constant", warmup_steps=2), 5) == [0.5, 1.0, 1.0, 1.0, 1.0]


def test_inverse_square_root_goes_on_from_warmup_and_has_a_floor() -> None:
    config = ScheduleConfig(name="inverse_sqrt", warmup_steps=16, final_frac=0.3)
    found = factors(config, 400)
    assert found[15] == 1.0
    assert found[63] == pytest.approx(0.5)
    assert found[-1] == 0.3


def test_step_falls_every_so_many_steps_after_warmup() -> None:
    config = ScheduleConfig(name="step", warmup_steps=2, every_steps=3, factor=0.1, final_frac=0.05)
    assert factors(config, 9) == pytest.approx([0.5, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.05])


def test_plateau_falls_each_time_that_patience_is_at_its_end() -> None:
    config = ScheduleConfig(name="plateau", warmup_steps=0, patience=2, factor=0.5)
    losses = [5.0, 4.0, 4.5, 4.0, 3.0, 3.1, 3.2, 3.3, 3.4]
    found = [learning_rate_factor(config, 9, 100, losses[:count]) for count in range(10)]
    assert found == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
    delta = config.model_copy(update={"min_delta": 2.0})
    assert learning_rate_factor(delta, 9, 100, [5.0, 4.0, 3.5]) == 0.5


def test_plateau_equals_torch() -> None:
    rate = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([rate], lr=1.0)
    # torch waits for one bad validation more than its patience, and then again.
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=1, threshold=0.05, threshold_mode="abs"
    )
    config = ScheduleConfig(name="plateau", warmup_steps=0, factor=0.5, patience=2, min_delta=0.05)
    generator = torch.Generator().manual_seed(0)
    losses = torch.rand(40, generator=generator, dtype=torch.float64).tolist()
    for count in range(len(losses)):
        theirs.step(losses[count])
        ours = learning_rate_factor(config, 0, 100, losses[: count + 1])
        assert ours == optimizer.param_groups[0]["lr"], count


def test_run_stops_early_when_patience_is_at_its_end() -> None:
    config = EarlyStoppingConfig(patience=2, min_delta=0.1)
    losses = [3.0, 2.0, 1.95, 1.5, 1.6, 1.45]
    stopped = [has_stopped_early(config, losses[:count]) for count in range(7)]
    assert stopped == [False] * 6 + [True]
    assert not has_stopped_early(None, losses)
    assert index_of_best(losses, 0.1) == 3
    assert index_of_best([], 0.1) is None


def test_of_equal_figures_that_of_the_lowest_loss_is_best() -> None:
    criteria, losses = [-0.5, -0.5, -0.4, -0.5, -0.5], [2.4, 0.9, 0.3, 0.7, 0.8]
    assert index_of_best(criteria, 0.0, losses) == 3
    assert index_of_best(criteria, 0.0) == 0
    assert index_of_best([*criteria, -0.6], 0.0, [*losses, 3.0]) == 5


def test_setting_that_a_schedule_does_not_read_is_refused() -> None:
    with pytest.raises(ValueError, match=r"schedule\.patience has no effect"):
        ScheduleConfig(name="cosine", patience=5)
    with pytest.raises(ValueError, match=r"schedule\.final_frac has no effect"):
        ScheduleConfig(name="constant", final_frac=0.1)
    assert ScheduleConfig.model_validate(ScheduleConfig(name="step").model_dump()).name == "step"


@pytest.mark.parametrize(("start", "steps"), [(2, 10), (2, 7), (6, 1), (4, 100), (1, 3)])
def test_rows_before_a_step_are_the_sum_of_the_batches_before_it(start: int, steps: int) -> None:
    warmup = BatchWarmupConfig(start_rows=start, steps=steps)
    config = PretrainConfig(steps=200, batch_rows=12, batch_warmup=warmup)
    sizes = [batch_rows_at(config, step) for step in range(130)]
    assert sizes[0] == start
    assert set(sizes[steps:]) == {12}
    assert sizes == sorted(sizes)
    assert all(size % start == 0 for size in sizes)
    assert [rows_before(config, step) for step in range(131)] == [0, *itertools.accumulate(sizes)]


def test_batch_that_does_not_grow_is_what_it_was() -> None:
    config = PretrainConfig(batch_rows=12)
    assert [batch_rows_at(config, 7), rows_before(config, 7)] == [12, 84]


@pytest.mark.parametrize(
    "fields",
    [
        {"batch_warmup": BatchWarmupConfig(start_rows=5, steps=3)},
        {"batch_warmup": BatchWarmupConfig(start_rows=12, steps=3)},
        {"batch_warmup": BatchWarmupConfig(start_rows=3, steps=3), "micro_batch_rows": 2},
        {"batch_warmup": BatchWarmupConfig(start_rows=6, steps=3), "row_order": "contiguous"},
    ],
)
def test_batch_warmup_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="batch_warmup"):
        PretrainConfig(batch_rows=12, **fields)


def test_when_validations_are_made_has_an_effect_where_they_decide_something() -> None:
    deciding = [
        PretrainConfig(early_stopping=EarlyStoppingConfig()),
        PretrainConfig(schedule=ScheduleConfig(name="plateau")),
    ]
    plain = fields_without_effect(PretrainConfig())
    for config in deciding:
        assert plain - fields_without_effect(config) == {"validate_every", "validation_rows"}
