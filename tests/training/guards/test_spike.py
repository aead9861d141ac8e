"""Which steps may change the weights: events at any step, in any history, on any process."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator

import pytest

from yanmo.parallel.ranks import Ranks
from yanmo.training.guards.spike import Cause, SpikeGuard, Verdict, agree, describe
from yanmo.training.guards_config import GuardsConfig

NAN, INF = math.nan, math.inf


def healthy(num_steps: int, seed: int = 0) -> Iterator[tuple[float, float]]:
    """Losses that fall from 8 to 3 as a young model's do, with gradient norms around 1."""
    noise = random.Random(seed)
    for step in range(num_steps):
        loss = 3.0 + 5.0 / (1.0 + step / 40) + noise.gauss(0.0, 0.05)
        yield loss, math.exp(noise.gauss(0.0, 0.25))


def judge_all(guard: SpikeGuard, values: list[tuple[float, float]]) -> list[Verdict]:
    return [guard.judge(loss, grad_norm) for loss, grad_norm in values]


@pytest.mark.parametrize("seed", range(5))
def test_no_step_of_a_healthy_run_is_skipped(seed: int) -> None:
    verdicts = judge_all(SpikeGuard(GuardsConfig()), list(healthy(2_000, seed)))
    assert all(verdict.is_accepted for verdict in verdicts)


EVENTS = {
    "loss_nan": (lambda loss, norm: (NAN, norm), Cause.NOT_FINITE),
    "loss_inf": (lambda loss, norm: (INF, norm), Cause.NOT_FINITE),
    "gradient_nan": (lambda loss, norm: (loss, NAN), Cause.NOT_FINITE),
    "gradient_inf": (lambda loss, norm: (loss, INF), Cause.NOT_FINITE),
    "loss_x10": (lambda loss, norm: (10 * loss, norm), Cause.EXPLODED),
    "loss_x1000": (lambda loss, norm: (1000 * loss, norm), Cause.EXPLODED),
    "gradient_x1000": (lambda loss, norm: (loss, 1000 * norm), Cause.GRAD_NORM_SPIKE),
}


@pytest.mark.parametrize("step", [1, 65, 500])
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_costs_exactly_its_own_step(event: str, step: int) -> None:
    change, cause = EVENTS[event]
    values = list(healthy(700))
    values[step] = change(*values[step])
    guard = SpikeGuard(GuardsConfig())
    verdicts = judge_all(guard, values)
    assert [n for n, verdict in enumerate(verdicts) if not verdict.is_accepted] == [step]
    assert verdicts[step].cause is cause and not verdicts[step].must_stop
    assert guard.num_skipped == 1
    assert describe(cause)


@pytest.mark.parametrize(("step", "is_skipped"), [(1, False), (65, True), (500, True)])
def test_a_tenfold_gradient_is_a_spike_once_the_window_can_tell(
    step: int, is_skipped: bool
) -> None:
    values = list(healthy(700))
    values[step] = (values[step][0], 10.0)
    verdicts = judge_all(SpikeGuard(GuardsConfig()), values)
    skipped = [n for n, verdict in enumerate(verdicts) if not verdict.is_accepted]
    assert skipped == ([step] if is_skipped else [])


@pytest.mark.parametrize(("step", "ratio"), [(65, 1.5), (500, 1.2)])
def test_a_loss_spike_below_the_first_loss_is_seen(step: int, ratio: float) -> None:
    config = GuardsConfig(max_loss_ratio=None)
    values = [(min(loss, 4.5), norm) for loss, norm in healthy(700)]
    values[step] = (ratio * values[step][0], values[step][1])
    assert values[step][0] < 8.0
    verdicts = judge_all(SpikeGuard(config), values)
    assert [n for n, verdict in enumerate(verdicts) if not verdict.is_accepted] == [step]
    assert verdicts[step].cause is Cause.LOSS_SPIKE
    assert verdicts[step].limit < values[step][0]


def test_refused_values_do_not_widen_the_window() -> None:
    guard = SpikeGuard(GuardsConfig(max_skipped_in_a_row=10**6, max_loss_ratio=None))
    values = list(healthy(300))
    judge_all(guard, values)
    for bad in ((NAN, 1.0), (50.0, 1.0), (3.5, INF), (1e6, 1e6)) * 100:
        assert not guard.judge(*bad).is_accepted
    assert guard.judge(5.5, 1.0).cause is Cause.LOSS_SPIKE, "an outlier inflated the window"
    assert guard.judge(*values[-1]).is_accepted, "a value that is not finite poisoned the window"


@pytest.mark.parametrize("max_in_a_row", [0, 2, 5])
def test_one_skip_too_many_in_a_row_stops(max_in_a_row: int) -> None:
    guard = SpikeGuard(GuardsConfig(max_skipped_in_a_row=max_in_a_row))
    judge_all(guard, list(healthy(100)))
    for _ in range(2):  # an accepted step in between starts the count anew
        for count in range(1, max_in_a_row + 1):
            verdict = guard.judge(NAN, 1.0)
            assert (verdict.must_stop, verdict.num_in_a_row) == (False, count)
        if max_in_a_row:
            assert guard.judge(4.4, 1.0).is_accepted
    for _ in range(max_in_a_row):
        guard.judge(INF, 1.0)
    assert guard.judge(1e9, 1.0).must_stop
    assert "1e+09" in guard.numbers(1e9, 1.0)


def test_what_is_turned_off_passes() -> None:
    off = GuardsConfig(max_sigmas=None, max_loss_ratio=None)
    values = [*healthy(100), (1e9, 1e9)]
    assert judge_all(SpikeGuard(off), values)[-1].is_accepted
    strict = SpikeGuard(GuardsConfig(non_finite="stop"))
    judge_all(strict, list(healthy(10)))
    assert strict.judge(NAN, 1.0).must_stop
    assert not SpikeGuard(GuardsConfig(non_finite="stop")).judge(4.0, 1.0).must_stop


def test_a_first_batch_without_targets_forbids_nothing() -> None:
    guard = SpikeGuard(GuardsConfig())
    assert all(verdict.is_accepted for verdict in judge_all(guard, [(0.0, 0.0), *healthy(300)]))


@pytest.mark.parametrize("cut", [3, 64, 65, 140, 399])
def test_a_resumed_guard_decides_as_an_uninterrupted_one(cut: int) -> None:
    values = list(healthy(600, seed=3))
    for step in (2, 66, 67, 141, 400, 401):
        values[step] = (values[step][0] * 10, values[step][1])
    config = GuardsConfig()
    whole = SpikeGuard(config)
    expected = judge_all(whole, values)
    first = SpikeGuard(config)
    judge_all(first, values[:cut])
    resumed = SpikeGuard(config)
    resumed.load(json.loads(json.dumps(first.state(), allow_nan=False)))
    assert judge_all(resumed, values[cut:]) == expected[cut:]
    assert resumed.state() == whole.state()
    assert whole.num_skipped == 6


def test_processes_agree_on_the_worst_of_their_numbers() -> None:
    assert agree(Ranks.alone(), 2.0, 1.0) == [2.0, 1.0]
    assert agree(Ranks.alone(), NAN, -INF) == [INF, INF]
