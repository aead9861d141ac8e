"""Which of two answers a tuned model prefers is told as it was tuned: by sums, or by tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.finetuning.chats import chat_encoder, tiny_model

from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.pipeline.finetune import preferences
from yanmo.tasks.example import PreferenceExample, Turn

LONG = "The river runs to the sea. It goes down. " * 2


def prefers(monkeypatch: pytest.MonkeyPatch, gains: tuple[float, float], **settings: Any) -> Any:
    """What is said of a pair whose answers have gained so much, in nats."""
    tuned, base = tiny_model(), tiny_model(seed=1)

    def log_probs(model: Any, rows: Any, **_: Any) -> Any:
        return np.array([gains] * rows.num_rows) if model is tuned else np.zeros((rows.num_rows, 2))

    monkeypatch.setattr(preferences, "reference_log_probs", log_probs)
    pair = PreferenceExample("p", (Turn("user", "Hi"),), chosen=LONG, rejected="Hello")
    too_long = PreferenceExample("q", (Turn("user", "Hi"),), chosen=LONG * 9, rejected="Hello")
    config = PreferenceConfig.model_validate(settings)
    return preferences.predict_preferences(
        tuned, base, chat_encoder(), config, 128, 1, [too_long, pair]
    ).items


def test_a_long_answer_gains_more_in_sum_and_less_by_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gains = (4.0, 3.0)
    assert prefers(monkeypatch, gains) == [1, 0]
    assert prefers(monkeypatch, gains, is_length_normalised=True) == [1, 1]


def test_what_gained_alike_and_what_does_not_fit_in_count_as_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert prefers(monkeypatch, (0.0, 0.0)) == [1, 1]
