"""What a stretching of rotary positions refuses, and that its settings load no torch."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from yanmo.nn.rotary_scaling import RotaryScaling


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "yarn", "factor": 4}, "yarn rotary scaling needs original_max_seq_len"),
        ({"kind": "llama3", "factor": 4}, "llama3 rotary scaling needs original_max_seq_len"),
        (
            {"kind": "linear", "factor": 4, "original_max_seq_len": 64},
            "original_max_seq_len has no effect in linear rotary scaling",
        ),
        (
            {"kind": "llama3", "factor": 4, "original_max_seq_len": 64, "beta_fast": 16},
            "beta_fast has no effect in llama3 rotary scaling",
        ),
        (
            {"kind": "yarn", "factor": 4, "original_max_seq_len": 64, "beta_fast": 0.5},
            "beta_fast must be greater than beta_slow",
        ),
        (
            {"kind": "llama3", "factor": 4, "original_max_seq_len": 64, "high_freq_factor": 1},
            "high_freq_factor must be greater than low_freq_factor",
        ),
        ({"kind": "linear", "factor": 0.5}, "greater than or equal to 1"),
        ({"kind": "dynamic", "factor": 2}, "'linear', 'yarn' or 'llama3'"),
    ],
)
def test_a_setting_that_cannot_take_effect_is_refused(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        RotaryScaling.model_validate(fields)


def test_the_settings_load_without_torch() -> None:
    code = (
        "import sys, yanmo.nn.rotary_scaling\n"
        "assert not {'torch', 'numpy'} & set(sys.modules), 'heavy libraries are loaded'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
