"""What the log of a training run says about its time and its curve.

Comes in: the rows of metrics.jsonl, in their order. Goes out: seconds of optimiser steps, and the
points at which the model was validated. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Learning:
    """How a run went: steps done, their tokens and seconds, and a point for each validation."""

    steps: int
    tokens: int
    training_s: float
    curve: list[dict[str, float]]


def read_learning(rows: Iterable[Mapping[str, Any]]) -> Learning:
    """Sum up a log. A step's seconds are its tokens over its rate, so that validations, savings and
    pauses of a resumed run are left out."""
    steps, tokens, seconds = 0, 0, 0.0
    curve: list[dict[str, float]] = []
    for row in rows:
        if "train/loss" in row:
            seconds += (row["train/tokens"] - tokens) / row["train/tokens_per_s"]
            steps, tokens = row["step"], row["train/tokens"]
        if "validation/bits_per_byte" in row:
            curve.append(
                {
                    "step": row["step"],
                    "tokens": row["train/tokens"],
                    "seconds": seconds,
                    "loss": row["validation/loss"],
                    "bits_per_byte": row["validation/bits_per_byte"],
                }
            )
    return Learning(steps, tokens, seconds, curve)
