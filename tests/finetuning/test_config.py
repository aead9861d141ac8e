"""Sections of a fine-tuning refuse what would have no effect, and name it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from yanmo.finetuning.config import FinetuneConfig


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"epochs": 2.0, "steps": 40}, "steps = 40"),
        ({"validate_every": 7}, "validate_every"),
        ({"schedule": {"warmup_steps": 3}}, r"schedule\.warmup_steps"),
        ({"steps": 40, "num_validations": 2}, "num_validations"),
        ({"steps": 40, "warmup_frac": 0.2}, "warmup_frac"),
        ({"scratch": {}}, 'scratch has no effect without init_from = "scratch"'),
        ({"lora": {}}, 'lora has no effect without method = "lora"'),
        ({"init_from": "scratch", "method": "probe"}, 'method = "probe"'),
        ({"init_from": "scratch", "method": "lora"}, 'method = "lora"'),
        ({"sample_every": 5}, "sample_every"),
        ({"row_order": "contiguous"}, "row_order"),
        ({"few_shot": {}, "max_examples": 5}, "max_examples has no effect beside few_shot"),
        ({"init_from": "scratch", "scratch": {"num_filters": 5}}, "num_filters"),
        (
            {"init_from": "scratch", "scratch": {"family": "text_cnn", "num_layers": 2}},
            "num_layers",
        ),
    ],
)
def test_what_has_no_effect_is_refused_by_name(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        FinetuneConfig.model_validate(settings)


def test_steps_take_the_place_of_epochs() -> None:
    assert FinetuneConfig().epochs == 3.0
    told = FinetuneConfig.model_validate({"steps": 40})
    assert (told.epochs, told.steps, told.has_known_length) == (None, 40, True)
    assert not FinetuneConfig().has_known_length


def test_a_whole_section_can_be_read_back() -> None:
    for settings in ({}, {"steps": 40}, {"few_shot": {"num_draws": 3}}, {"method": "lora"}):
        told = FinetuneConfig.model_validate(settings)
        assert FinetuneConfig.model_validate(told.model_dump(mode="json")) == told


def test_a_section_learns_the_task_of_its_own_name_unless_told() -> None:
    assert FinetuneConfig().task_names("sst") == ["sst"]
    assert FinetuneConfig(task="other").task_names("sst") == ["other"]
    assert FinetuneConfig(task=["a", "b"]).task_names("sst") == ["a", "b"]
