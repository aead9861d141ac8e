"""What generation gives for each token that it draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GeneratedToken:
    """One token drawn: its id, its natural log-probability under the model, and how many tokens of
    context were dropped to make room for it."""

    id: int
    log_prob: float
    num_forgotten: int
