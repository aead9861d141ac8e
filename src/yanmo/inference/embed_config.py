"""How a text becomes one vector."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config

Pooling = Literal["mean", "cls", "last", "pooler"]


class EmbedConfig(Config):
    """Which hidden states of a model make the vector of a text, and how."""

    pooling: Pooling = "mean"
    """`mean` over the real tokens, `cls` the first one, `last` the last one, `pooler` what an
    encoder's own pooler makes of the first one."""
    layer: int | None = None
    """Block whose output is taken: 0 is the embeddings, -1 the last; unset, the final states."""
    normalize: bool = False
    """Scale every vector to length one."""
    word: str | None = Field(default=None, min_length=1)
    """Take the mean over the tokens of this word alone."""
    batch_tokens: int = Field(default=8192, ge=1)
    """Tokens that go through the model at once, padding included; a longer line goes alone."""
