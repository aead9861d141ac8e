"""The evaluate section of a recipe refuses what cannot be run."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yanmo.evaluation.config import EvaluateConfig


def test_defaults_score_the_test_split_against_a_baseline() -> None:
    config = EvaluateConfig()
    assert (config.split, config.max_tokens, config.baseline_order) == ("test", 50_000, 4)
    assert config.stride_tokens is None


@pytest.mark.parametrize(
    "values",
    [
        {"split": "train"},
        {"max_tokens": 0},
        {"stride_tokens": 0},
        {"baseline_order": 0},
        {"batch_rows": 0},
        {"order": 3},
    ],
)
def test_impossible_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EvaluateConfig.model_validate(values)


def test_none_turns_a_limit_and_the_baseline_off() -> None:
    config = EvaluateConfig(max_tokens=None, baseline_order=None)
    assert config.max_tokens is None
    assert config.baseline_order is None


def test_every_field_is_documented() -> None:
    assert all(field.description for field in EvaluateConfig.model_fields.values())
