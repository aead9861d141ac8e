"""The `model` section of a recipe: a family, one dial, and any dimension set by hand."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

Family = Literal["qwen3", "gpt2"]
Preset = Literal["nano", "tiny", "small", "base"]


class ModelConfig(Config):
    """Shape of the model. Everything left unset is derived from `preset` or `depth`."""

    family: Family = "qwen3"
    """Architecture: `qwen3` (RMSNorm, SwiGLU, grouped-query attention, QK-norm, rotary positions)
    or `gpt2` (LayerNorm, GELU, learned positions)."""
    preset: Preset | None = None
    """A named depth: nano = 3 layers, tiny = 6, small = 12, base = 24."""
    depth: int | None = Field(default=None, ge=1, le=200)
    """The one dial: the number of layers, from which width, heads and the rest are derived."""
    max_seq_len: int = Field(default=256, ge=8)
    """Context length in tokens; also the length of a training row."""
    d_model: int | None = Field(default=None, ge=8)
    """Width of the residual stream. Derived: 64 for each layer."""
    d_ff: int | None = Field(default=None, ge=8)
    """Width of the feed-forward layer. Derived: 8/3 of d_model when gated, else 4 times d_model."""
    num_heads: int | None = Field(default=None, ge=1)
    """Query heads. Derived: d_model / head_dim."""
    num_kv_heads: int | None = Field(default=None, ge=1)
    """Key-value heads. Derived: half of the query heads when that is whole, in families that
    group them."""
    head_dim: int | None = Field(default=None, ge=2)
    """Width of one attention head. Derived: d_model / num_heads where num_heads is set, else 64,
    or 32 in models narrower than 256."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Probability of dropping an element of a branch, an attention weight or an embedding."""
    norm_eps: float | None = Field(default=None, gt=0.0)
    """Epsilon of the norms. Derived: 1e-6 (qwen3), 1e-5 (gpt2)."""
    rope_theta: float | None = Field(default=None, gt=0.0)
    """Base of the rotary frequencies; qwen3 only. Derived: 10000."""
    tie_embeddings: bool = True
    """Use the input embedding as the output projection too."""

    @model_validator(mode="after")
    def _check_dial(self) -> Self:
        if self.preset is not None and self.depth is not None:
            raise ValueError(
                t(
                    'model.preset = "{preset}" and model.depth = {depth} both say how deep the'
                    " model is; set one of them to none",
                    preset=self.preset,
                    depth=self.depth,
                )
            )
        if self.family == "gpt2" and self.rope_theta is not None:
            raise ValueError(t("rope_theta has no effect in gpt2, whose positions are learned"))
        return self
