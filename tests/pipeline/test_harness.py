"""What the command says before the harness is asked: what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.pipeline.harness import evaluate_with_harness


def test_a_missing_harness_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ConfigError, match="lm_eval cannot be loaded") as raised:
        evaluate_with_harness(Path("model"), [])
    assert "yanmo[lm-eval]" in str(raised.value.hint)


def test_a_missing_model_is_an_error_before_the_harness_starts(tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    with pytest.raises(CheckpointError):
        evaluate_with_harness(tmp_path / "model", ["--tasks", "arc_easy"])
