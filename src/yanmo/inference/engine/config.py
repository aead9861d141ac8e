"""How an engine holds a model and shares its time out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config

Weights = Literal["own", "float32", "bfloat16", "int8", "int4"]
"""How weights are held; `own` is as they are stored."""


class EngineConfig(Config):
    """Settings of the engine."""

    num_slots: int = Field(default=16, ge=1, le=4096)
    """Choices that are written at once; further ones wait."""
    slot_tokens: int | None = Field(default=None, ge=1)
    """Positions of a slot, prompt and answer together; the model's own where unset."""
    chunk_tokens: int = Field(default=256, ge=1)
    """Most prompt tokens that are read in one step, so that nobody who writes waits long."""
    weights: Weights = "own"
    """How weights are held; fewer bits are read faster."""
    kernels: Literal["auto", "native", "torch"] = "auto"
    """Who computes: kernels in C where the model has them (`auto`), these and nothing else, or
    torch."""
    num_threads: int | None = Field(default=None, ge=1)
    """Threads of the kernels; as many as there are cores where unset."""
    draft: str = "none"
    """Who proposes tokens that the model only checks: nobody (`none`), the text itself (`lookup`),
    or a smaller model with the same tokenizer (its folder)."""
    num_draft_tokens: int = Field(default=4, ge=1, le=64)
    """Tokens that are proposed at a time."""
    when_full: Literal["stop", "forget"] = "stop"
    """What becomes of a text that fills its slot: it ends, or the older half of its context is
    forgotten and the rest is read again."""
    is_compiled: bool = False
    """Compile the step of writing; that takes a minute at the start, and is done by torch alone."""
