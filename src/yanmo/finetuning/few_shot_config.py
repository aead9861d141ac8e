"""The numbers of tuning on a few examples. Loaded by every command, therefore free of numpy."""

from __future__ import annotations

from pydantic import Field

from yanmo.core.config import Config


class FewShotConfig(Config):
    """Tuning on a few examples several times, drawn anew each time: which few they are matters as
    much as what is learned of them, and a single draw tells nothing (Zhang et al. 2021)."""

    examples_per_class: int = Field(default=8, ge=1)
    """Examples of each class that are learned from; so many in all where a task has no classes."""
    num_draws: int = Field(default=10, ge=2, le=100)
    """Draws, each tuned by itself with a seed of its own: the section's, and those after it."""
