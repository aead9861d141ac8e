"""The alarm rings once on a run that over-fits, never on a healthy one, and says what may help."""

from __future__ import annotations

import json
import math
import random

import pytest

from yanmo.training.guards.overfit import (
    Overfit,
    OverfitAlarm,
    Remedies,
    TaskRemedies,
    overfit_row,
    overfit_warning,
)

REMEDIES = Remedies(
    dropout=0.0,
    weight_decay=0.0,
    epochs=41.5,
    num_params=2_000_000,
    num_train_tokens=30_000,
    has_early_stopping=False,
)


def ring(
    alarm: OverfitAlarm, train: list[float], validation: list[float], *, steps: int = 10
) -> list[Overfit]:
    """Feed `steps` training losses before every validation but the first; what the alarm said."""
    found = []
    for number, (low, high) in enumerate(zip(train, validation, strict=True)):
        for _ in range(steps if number else 0):
            alarm.add_step(low)
        seen = alarm.add_validation(number * steps, high)
        if seen is not None:
            found.append(seen)
    return found


TRAIN = [4.0, 3.0, 2.0, 1.5, 1.2, 0.9, 0.6, 0.4, 0.3]
OVERFIT = [4.0, 3.1, 2.4, 2.3, 2.4, 2.6, 2.9, 3.2, 3.5]


def test_it_rings_once_where_both_losses_part() -> None:
    (seen,) = ring(OverfitAlarm(3), TRAIN, OVERFIT)
    assert seen == Overfit(60, 30, 2.3, 2.9, 1.5, pytest.approx(0.6))
    row = overfit_row(seen)
    assert row["overfit/best_step"] == 30 and row["overfit/validation_loss"] == 2.9
    assert ring(OverfitAlarm(5), TRAIN, OVERFIT)[0].step == 80
    assert ring(OverfitAlarm(None), TRAIN, OVERFIT) == []


@pytest.mark.parametrize(
    "validation",
    [
        [4.0, 3.1, 2.4, 2.3, 2.2, 2.15, 2.1, 2.08, 2.05],
        [4.0, 3.1, 2.4, 2.3, 2.31, 2.305, 2.32, 2.31, 2.32],  # a plateau: less than a hundredth
        [4.0, 3.1, 2.4, 2.6, 2.5, 2.3, 2.6, 2.5, 2.2],  # noise around a fall
    ],
)
def test_a_healthy_run_stays_silent(validation: list[float]) -> None:
    assert ring(OverfitAlarm(3), TRAIN, validation) == []


def test_a_run_that_diverges_is_not_over_fitting() -> None:
    train = [4.0, 3.0, 2.0, 1.5, 1.6, 1.8, 2.2, 2.8, 3.0]
    assert ring(OverfitAlarm(3), train, OVERFIT) == []


def test_a_run_that_is_best_before_its_first_step_is_seen() -> None:
    train = [2.0, 1.5, 1.2, 1.0, 0.8, 0.6]
    (seen,) = ring(OverfitAlarm(3), train, [2.0, 2.1, 2.2, 2.3, 2.5, 2.7])
    assert seen.best_step == 0 and seen.train_loss_at_best == 1.5


def test_noise_that_rises_and_falls_stays_silent() -> None:
    noise = random.Random(0)
    train = [3.0 / (1 + n / 10) for n in range(60)]
    validation = [2.0 + 2.0 / (1 + n / 5) + noise.gauss(0, 0.004) for n in range(60)]
    assert ring(OverfitAlarm(3), train, validation) == []


@pytest.mark.parametrize("cut", [1, 4, 5, 7])
def test_a_resumed_alarm_rings_where_it_would_have(cut: int) -> None:
    first = OverfitAlarm(3)
    before = ring(first, TRAIN[:cut], OVERFIT[:cut])
    resumed = OverfitAlarm(3)
    resumed.load(json.loads(json.dumps(first.state(), allow_nan=False)))
    after = []
    for number in range(cut, len(TRAIN)):
        for _ in range(10):
            resumed.add_step(TRAIN[number])
        after.append(resumed.add_validation(number * 10, OVERFIT[number]))
    assert [seen.step for seen in [*before, *after] if seen is not None] == [60]


def test_a_fresh_alarm_can_be_saved() -> None:
    alarm = OverfitAlarm(3)
    alarm.load(json.loads(json.dumps(OverfitAlarm(3).state(), allow_nan=False)))
    assert alarm.add_validation(0, 3.0) is None


def test_the_warning_names_remedies_with_their_present_values() -> None:
    seen = Overfit(60, 30, 2.3, 2.9, 1.5, 0.6)
    text = overfit_warning(seen, REMEDIES)
    for part in (
        "from 2.3000 to 2.9000",
        "30,000 tokens have been read 41.5 times",
        "2,000,000 parameters learn from 30,000",
        "model.dropout = 0.1 (now 0)",
        "weight_decay = 0.1 (now 0)",
        "step 30",
    ):
        assert part in text, part
    other = Remedies(0.3, None, 2.0, 10, 30_000, True)
    text = overfit_warning(seen, other)
    assert "model.dropout = 0.5 (now 0.3)" in text
    assert "smaller model" not in text and "weight_decay" not in text
    assert "early stopping is on" in text
    assert "dropout" not in overfit_warning(seen, Remedies(None, 0.1, 1.0, 1, 2, None))
    assert not math.isnan(seen.train_loss)


def test_where_tasks_are_learned_no_remedy_speaks_of_tokens_or_of_pretraining() -> None:
    remedies = Remedies(0.0, 0.01, 3.0, 2_000_000, None, True, TaskRemedies("more examples"))
    text = overfit_warning(Overfit(60, 30, 2.3, 2.9, 1.5, 0.6), remedies)
    assert "- more examples" in text
    assert "- dropout = 0.1 (now 0)" in text and "- optimizer.weight_decay = 0.1" in text
    assert "tokens" not in text and "pretrain" not in text and "smaller" not in text
    assert "will keep the best weights" in text


@pytest.mark.parametrize("has_early_stopping", [True, False])
def test_where_a_metric_decides_no_step_is_named_by_the_loss(has_early_stopping: bool) -> None:
    task = TaskRemedies("more recordings", smaller="a smaller network")
    remedies = Remedies(None, None, 3.0, 9, None, has_early_stopping, task, "character_accuracy")
    *advice, last = overfit_warning(Overfit(60, 30, 2.3, 2.9, 1.5, 0.6), remedies).split("\n")[1:]
    assert advice == ["  - more recordings", "  - a smaller network"]
    assert "the highest character_accuracy" in last and "step" not in last
    assert ("is on" in last) == has_early_stopping
