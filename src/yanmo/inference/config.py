"""How text is drawn from a model."""

from __future__ import annotations

from pydantic import Field

from yanmo.core.config import Config

MAX_SEED = 2**63 - 1
"""The largest seed that torch takes."""


class SamplingConfig(Config):
    """Decoding settings. With temperature 0 the most probable token is taken (greedy)."""

    max_new_tokens: int = Field(default=128, ge=0)
    """Longest continuation, in tokens."""
    temperature: float = Field(default=0.8, ge=0.0, le=100.0)
    """Divides the logits; 0 is greedy."""
    top_k: int | None = Field(default=None, ge=1)
    """Keep the k most probable tokens."""
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    """Keep the smallest set of tokens whose probabilities reach this sum."""
    min_p: float | None = Field(default=None, ge=0.0, le=1.0)
    """Keep tokens at least this fraction as probable as the most probable one."""
    repetition_penalty: float = Field(default=1.0, gt=0.0)
    """Above 1 makes tokens that stand in the text already less probable."""
    presence_penalty: float = Field(default=0.0, ge=-2.0, le=2.0)
    """Taken off the scores of tokens that the continuation has already."""
    frequency_penalty: float = Field(default=0.0, ge=-2.0, le=2.0)
    """Taken off the scores of tokens as many times as the continuation has them."""
    logit_bias: dict[int, float] = Field(default_factory=dict)
    """Added to the scores of these tokens."""
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    """Makes a continuation reproducible; unset, every call differs."""
    stop: list[str] = Field(default_factory=list)
    """The continuation ends before the first of these strings."""


class WrittenSamplingConfig(SamplingConfig):
    """Decoding settings where something is to be written."""

    max_new_tokens: int = Field(default=128, ge=1)
    """Longest continuation, in tokens."""
