"""Without the harness its command says what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from yanmo.core.errors import ConfigError
from yanmo.pipeline.harness import evaluate_with_harness


def test_a_missing_harness_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ConfigError, match="lm_eval cannot be loaded") as raised:
        evaluate_with_harness(Path("model"), [])
    assert "yanmo[lm-eval]" in str(raised.value.hint)
