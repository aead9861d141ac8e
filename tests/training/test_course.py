"""A run ends when it should, with the weights of the right moment, resumed or not."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from yanmo.training.config import EarlyStoppingConfig, PretrainConfig, ScheduleConfig
from yanmo.training.course import Course
from yanmo.training.course_notes import describe_course
from yanmo.training.noise_scale import NoiseEstimate

LOSSES = [5.0, 3.0, 3.5, 2.0, 2.5, 2.6]
OLD_LOSSES = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]


def numbered_model() -> nn.Linear:
    model = nn.Linear(1, 1, bias=False)
    return set_weight(model, 0.0)


def set_weight(model: nn.Linear, value: float) -> nn.Linear:
    with torch.no_grad():
        model.weight.fill_(value)
    return model


def follow(course: Course, model: nn.Linear, begin: int, end: int) -> None:
    """One step and one validation for each loss; the weight is the number of the step."""
    for step in range(begin, end):
        if step:
            set_weight(model, float(step))
            course.after_update(step, True)
        with course.weights_that_count():
            course.after_validation(step, LOSSES[step], OLD_LOSSES[step])
        course.after_noise(NoiseEstimate(2.0 * step, 1.0))


@pytest.mark.parametrize("ema_decay", [None, 0.9])
@pytest.mark.parametrize("cut", range(1, 6))
def test_best_is_kept_and_not_the_last_also_after_a_resume(
    ema_decay: float | None, cut: int
) -> None:
    config = PretrainConfig(early_stopping=EarlyStoppingConfig(patience=2), ema_decay=ema_decay)
    model, other = numbered_model(), numbered_model()
    whole = Course(config, model)
    follow(whole, model, 0, 6)
    first = Course(config, other)
    follow(first, other, 0, cut)
    resumed_model = set_weight(numbered_model(), 77.0)
    resumed = Course(config, resumed_model)
    resumed.load(json.loads(json.dumps(first.state())), first.tensors())
    follow(resumed, resumed_model, cut, 6)
    for course, own in ((whole, model), (resumed, resumed_model)):
        assert course.is_over
        assert course.index_of_result == 3
        course.put_result_into_model()
        if ema_decay is None:
            assert own.weight.item() == 3.0
    assert torch.equal(model.weight, resumed_model.weight)
    assert resumed.state() == whole.state()
    assert whole.noise_scale_tokens == 5.0


def test_what_decided_is_named() -> None:
    config = PretrainConfig(early_stopping=EarlyStoppingConfig(patience=2))
    model = numbered_model()
    course = Course(config, model)
    follow(course, model, 0, 6)
    by_loss = describe_course(course, config, batch_tokens=1.0, old_bytes_per_token=None)[0]
    course.criteria[:] = [-accuracy for accuracy in (0.1, 0.2, 0.5, 0.3, 0.4, 0.4)]
    by_metric = describe_course(course, config, batch_tokens=1.0, old_bytes_per_token=None)[0]
    assert "the best validation: loss" in by_loss
    assert "by the task's metric" in by_metric and "step 2" in by_metric


def test_run_without_early_stopping_ends_with_its_last_weights() -> None:
    model = numbered_model()
    course = Course(PretrainConfig(), model)
    follow(course, model, 0, 6)
    course.put_result_into_model()
    assert model.weight.item() == 5.0
    assert course.index_of_result == 5
    assert not course.is_over
    assert course.tensors() == {}


def test_run_with_an_average_ends_with_it() -> None:
    model = numbered_model()
    course = Course(PretrainConfig(ema_decay=0.5), model)
    follow(course, model, 0, 6)
    course.put_result_into_model()
    assert 3.5 < model.weight.item() < 4.9


@pytest.mark.parametrize(("num_steps", "is_early"), [(9, True), (5, False)])
def test_note_tells_an_early_end_and_a_run_that_learned_nothing(
    num_steps: int, is_early: bool
) -> None:
    model = numbered_model()
    stopping = EarlyStoppingConfig(patience=5)
    schedule = ScheduleConfig(name="constant", warmup_steps=0)
    config = PretrainConfig(early_stopping=stopping, steps=num_steps, schedule=schedule)
    course = Course(config, model)
    for step in range(6):
        course.after_validation(step, 2.0 + step)
    (note,) = describe_course(course, config, batch_tokens=1.0, old_bytes_per_token=None)
    assert ("stopped early" in note) == is_early
    assert "that of step 0" in note and "nothing has been learned" in note
