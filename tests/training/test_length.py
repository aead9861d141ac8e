"""What a run is too short for is refused or told, and a shorter run gets settings that fit it."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.training.config import PretrainConfig
from yanmo.training.length import fit_to_steps, problems_of_length, remarks_on_length

STEP = {"name": "step", "warmup_steps": 10}
TOO_LATE: dict[str, dict[str, Any]] = {
    r"warmup_steps = 40 leaves none of the 40 steps": {"schedule": {"warmup_steps": 40}},
    r'"step" would never fall: every_steps = 30': {"schedule": {**STEP, "every_steps": 30}},
    r'"plateau" would never fall: 1 validation comes': {
        "schedule": {"name": "plateau", "warmup_steps": 1}
    },
    r"batch_warmup\.steps = 40": {"batch_warmup": {"start_rows": 4, "steps": 40}},
    r"noise_scale_every = 40 is never due": {"noise_scale_every": 40},
    r"guards\.rerun_every = 41 is never due": {"guards": {"rerun_every": 41}},
    r"keep_every = 15 keeps no checkpoint": {"keep_every": 15, "checkpoint_every": 8},
}


@pytest.mark.parametrize("message", TOO_LATE)
def test_what_would_never_come_is_refused(message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PretrainConfig.model_validate({"steps": 40, **TOO_LATE[message]})


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": {"warmup_steps": 39}},
        {"schedule": {**STEP, "every_steps": 29}},
        {"schedule": {"name": "plateau", "warmup_steps": 1, "patience": 3}, "validate_every": 13},
        {"batch_warmup": {"start_rows": 4, "steps": 39}},
        {"noise_scale_every": 39, "guards": {"rerun_every": 40}},
        {"keep_every": 20, "checkpoint_every": 50},
        {"keep_every": 12, "checkpoint_every": 8},
    ],
)
def test_what_comes_once_is_accepted(settings: dict[str, Any]) -> None:
    assert PretrainConfig.model_validate({"steps": 40, **settings}).steps == 40


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
@pytest.mark.parametrize("name", ["step", "plateau", "warmup_stable_decay"])
def test_a_shortened_section_is_one_that_may_be_written(steps: int, name: str) -> None:
    config = PretrainConfig.model_validate(
        {
            "steps": 1000,
            "schedule": {"name": name, "warmup_steps": 100},
            "batch_warmup": {"start_rows": 4, "steps": 200},
            "noise_scale_every": 100,
            "keep_every": 500,
            "guards": {"rerun_every": 300},
        }
    )
    fitted = fit_to_steps(config, steps)
    assert fitted.steps == steps
    left = list(problems_of_length(fitted))
    # With one step there is neither a second one to fall in nor a validation to wait for.
    assert left == [] or (steps < 3 and name != "warmup_stable_decay")


def test_what_works_only_in_part_is_told() -> None:
    patient = PretrainConfig.model_validate({"steps": 100, "early_stopping": {"patience": 2}})
    assert remarks_on_length(patient) == [
        "early_stopping cannot end this run: its patience is 2, and training has 2 validations;"
        " the best weights are kept all the same"
    ]
    short = PretrainConfig(steps=30)
    assert remarks_on_length(short) == [
        "the learning rate decays over 10 steps, not 12: warm-up takes 20 of 30"
    ]
    assert remarks_on_length(PretrainConfig()) == []


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"schedule": {"name": "cosine", "final_frac": 1.0}}, "final_frac = 1 keeps"),
        ({"optimizer": {"name": "sgd", "momentum": 0.0, "nesterov": True}}, "momentum = 0"),
    ],
)
def test_settings_that_cancel_each_other_are_refused(section: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PretrainConfig.model_validate(section)
