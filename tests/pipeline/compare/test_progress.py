"""Seconds of steps and points of a curve, from a log."""

from __future__ import annotations

from yanmo.pipeline.compare.progress import read_learning


def test_time_between_steps_is_not_training_time() -> None:
    rows = [
        {"step": 0, "train/tokens": 0, "validation/loss": 6.0, "validation/bits_per_byte": 3.0},
        {"step": 1, "time": 10.0, "train/tokens": 100, "train/loss": 5, "train/tokens_per_s": 50.0},
        {"step": 2, "time": 99.0, "train/tokens": 180, "train/loss": 4, "train/tokens_per_s": 20.0},
        {"step": 2, "train/tokens": 180, "validation/loss": 4.0, "validation/bits_per_byte": 2.0},
    ]
    learning = read_learning(rows)
    assert (learning.steps, learning.tokens, learning.training_s) == (2, 180, 6.0)
    assert [point["seconds"] for point in learning.curve] == [0.0, 6.0]
    assert [point["bits_per_byte"] for point in learning.curve] == [3.0, 2.0]


def test_an_empty_log_is_no_learning() -> None:
    assert read_learning([]).curve == []
