"""The `[evaluate]` section of a recipe: which text is scored, how, and against which baseline."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config


class EvaluateConfig(Config):
    """What `yanmo evaluate` measures."""

    split: Literal["validation", "test"] = "test"
    """Part of the corpus that is scored."""

    max_tokens: int | None = Field(default=50_000, ge=1)
    """Documents are taken in the order of the split until there are this many tokens; the last one
    is scored whole. None takes them all."""

    stride_tokens: int | None = Field(default=None, ge=1)
    """How far the window moves over a document that is longer than the model's context: shorter
    gives each target more context and takes longer. None is half of the context."""

    baseline_order: int | None = Field(default=4, ge=1, le=8)
    """Longest n-gram, in tokens, of the Kneser-Ney model that the trained model is compared with.
    It is fitted on the same training tokens. None leaves the comparison out."""

    batch_rows: int = Field(default=16, ge=1)
    """Windows that are scored in one pass."""
