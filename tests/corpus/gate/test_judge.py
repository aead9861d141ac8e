"""The gate: every limit can fail, and the reasons say what was measured and what is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.core.page.speaking import speaking
from yanmo.corpus.gate.config import GateConfig
from yanmo.corpus.gate.judge import judge_gate, require_gate

REPORT: dict[str, Any] = {
    "read": {"documents": 1000, "bytes": 9000, "characters": 9000},
    "kept": {"documents": 600, "bytes": 6000, "characters": 6000},
    "unreadable_count": 250,
    "quality": {"passed_frac": 0.75},
    "duplicates": {"frac": 0.25},
    "diversity": {"score": 0.5, "novelty": 0.8},
    "privacy": {"per_million_characters": 12.5},
    "languages": [
        {"name": "en", "kept": {"bytes": 3000}},
        {"name": "zh", "kept": {"bytes": 2950}},
        {"name": "de", "kept": {"bytes": 20}},
        {"name": None, "kept": {"bytes": 30}},
    ],
}
LIMITS: dict[str, tuple[float, float, str]] = {
    "min_documents": (600, 601, "documents kept: 600, at least 601 wanted"),
    "min_bytes": (6000, 6001, "bytes kept: 6,000, at least 6,001 wanted"),
    "min_kept_frac": (0.6, 0.61, "60.0%, at least 61.0% wanted"),
    "min_passed_frac": (0.75, 0.8, "75.0%, at least 80.0% wanted"),
    "max_unreadable_frac": (0.2, 0.1, "20.0%, at most 10.0% allowed"),
    "max_duplicate_frac": (0.25, 0.2, "25.0%, at most 20.0% allowed"),
    "min_novelty": (0.8, 0.9, "80.0%, at least 90.0% wanted"),
    "min_diversity": (0.5, 0.6, "diversity score: 0.5, at least 0.6 wanted"),
    "min_languages": (2, 3, "languages: 2, at least 3 wanted"),
    "max_private_per_million_characters": (12.5, 10, "12.5, at most 10 allowed"),
}
"""Each limit, a value that is just kept, one that is not, and the end of its reason."""

OFF: dict[str, Any] = dict.fromkeys(LIMITS)


@pytest.fixture(autouse=True)
def _english() -> Any:
    with speaking("en"):
        yield


def test_every_limit_is_known() -> None:
    assert set(LIMITS) == set(GateConfig.model_fields) - {"on_failure"}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_kept_up_to_its_value(limit: str) -> None:
    good, bad, reason = LIMITS[limit]
    assert judge_gate(REPORT, GateConfig(**{**OFF, limit: good})).has_passed
    outcome = judge_gate(REPORT, GateConfig(**{**OFF, limit: bad}))
    assert not outcome.has_passed
    (failure,) = outcome.failures
    assert (failure.limit, failure.wanted) == (limit, bad)
    assert failure.measured == pytest.approx(good)
    assert failure.reason.endswith(reason)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_on_what_nobody_measured_is_not_kept(limit: str) -> None:
    good, _, _ = LIMITS[limit]
    (failure,) = judge_gate({}, GateConfig(**{**OFF, limit: good})).failures
    assert failure.measured is None
    assert limit in failure.reason


def test_all_limits_off_let_everything_pass() -> None:
    outcome = judge_gate({}, GateConfig(**OFF))
    assert outcome.has_passed and outcome.checked == ()


def test_a_refusal_says_why_and_how_to_go_on() -> None:
    config = GateConfig(min_documents=5000, min_diversity=0.9)
    with pytest.raises(DataError) as caught:
        require_gate(REPORT, config, "runs/x/corpus")
    text = str(caught.value)
    assert text.startswith("runs/x/corpus: this corpus does not pass the gate")
    assert "documents kept: 600" in text and "diversity score: 0.5" in text
    assert "gate.min_documents, gate.min_diversity" in text
    assert "gate.on_failure=warn" in text


def test_a_warning_is_recorded() -> None:
    config = GateConfig(min_documents=5000, on_failure="warn")
    (note,) = require_gate(REPORT, config)
    assert note == "trained although documents kept: 600, at least 5,000 wanted"
    assert require_gate(REPORT, GateConfig()) == []


def test_reasons_are_told_in_chinese() -> None:
    with speaking("zh"):
        outcome = judge_gate(REPORT, GateConfig(min_diversity=0.9))
    assert outcome.reasons == ["多样性得分：0.5，要求不低于 0.9"]
