"""What becomes of texts that are longer than a row of a model.

Loaded by recipes, therefore free of numpy and torch.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config


class LengthConfig(Config):
    """How long a row is, and what happens to what does not fit in. What is cut is counted."""

    max_tokens: int | None = Field(default=None, ge=4)
    """Tokens of a row at most, special ones included; None takes as many as the model reads."""
    long_text: Literal["truncate", "windows"] = "truncate"
    """Cut a text that is too long, or read all of it in overlapping windows, a row each. Of two
    texts the second is read in windows."""
    keep: Literal["head", "tail", "both"] = "head"
    """What stays of a text that is cut: its beginning, its end, or half a row of each."""
    overlap_tokens: int = Field(default=64, ge=0)
    """Tokens that a window has in common with the one before it."""
