"""The full shape of a Transformer decoder: every number decided, nothing left to derive."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.models.config import Family

Size = Annotated[int, Field(ge=1)]
"""A dimension or a count that cannot be zero."""


class TransformerConfig(Config):
    """Dimensions and kinds of parts. The families differ in nothing but these fields."""

    family: Family
    """The family whose name tables apply."""
    vocab_size: Size
    """Rows of the embedding; at least the size of the tokenizer."""
    max_seq_len: Size
    """Longest sequence, in tokens."""
    d_model: Size
    """Width of the residual stream, D."""
    d_ff: Size
    """Width of the feed-forward layer, F."""
    num_layers: Size
    """Blocks, L."""
    num_heads: Size
    """Query heads, N."""
    num_kv_heads: Size
    """Key-value heads, K."""
    head_dim: Size
    """Width of one head, H."""
    dropout: float = Field(ge=0.0, lt=1.0)
    """Dropout probability while training."""
    norm_eps: float = Field(gt=0.0)
    """Epsilon of the norms."""
    tie_embeddings: bool
    """Whether the output projection is the input embedding."""
    norm: Literal["rms_norm", "layer_norm"]
    """Kind of norm."""
    mlp: Literal["gated", "plain"]
    """Kind of feed-forward layer."""
    activation: Literal["silu", "gelu", "gelu_tanh", "relu"]
    """Activation of the feed-forward layer."""
    positions: Literal["rotary", "learned"]
    """How positions enter the model."""
    rope_theta: float | None = Field(default=None, gt=0.0)
    """Base of the rotary frequencies, where positions are rotary."""
    has_qk_norm: bool
    """Whether queries and keys are normalised per head."""
    has_bias: bool
    """Whether linear layers carry biases."""

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if self.num_heads % self.num_kv_heads:
            raise ValueError(
                t(
                    "num_heads = {heads} is not a multiple of num_kv_heads = {kv_heads}",
                    heads=self.num_heads,
                    kv_heads=self.num_kv_heads,
                )
            )
        if self.positions == "rotary" and (self.head_dim % 2 or self.rope_theta is None):
            raise ValueError(
                t(
                    "rotary positions need an even head_dim and a rope_theta; head_dim = {width}",
                    width=self.head_dim,
                )
            )
        if self.family == "gpt2":
            self._check_gpt2_heads()
        return self

    def _check_gpt2_heads(self) -> None:
        # The family's files hold one square matrix for queries, keys and values: no other shape
        # could be stored in them.
        if self.num_kv_heads != self.num_heads:
            raise ValueError(
                t(
                    "gpt2 does not group heads: num_kv_heads = {kv_heads} must be"
                    " num_heads = {heads}",
                    kv_heads=self.num_kv_heads,
                    heads=self.num_heads,
                )
            )
        if self.num_heads * self.head_dim != self.d_model:
            raise ValueError(
                t(
                    "in gpt2 num_heads = {heads} times head_dim = {width} must be"
                    " d_model = {d_model}",
                    heads=self.num_heads,
                    width=self.head_dim,
                    d_model=self.d_model,
                )
            )

    def num_params(self) -> int:
        """Parameters, tied weights counted once."""
        total = self.vocab_size * self.d_model * (1 if self.tie_embeddings else 2)
        if self.positions == "learned":
            total += self.max_seq_len * self.d_model
        norm = self.d_model * (2 if self.norm == "layer_norm" else 1)
        per_block = self._matmul_params_per_block() + 2 * norm
        if self.has_bias:
            attention = (self.num_heads + 2 * self.num_kv_heads) * self.head_dim + self.d_model
            feed_forward = self.d_ff * (2 if self.mlp == "gated" else 1) + self.d_model
            per_block += attention + feed_forward
        if self.has_qk_norm:
            per_block += 2 * self.head_dim
        return total + self.num_layers * per_block + norm

    def num_embedding_params(self) -> int:
        """Parameters of the embeddings and of the output projection."""
        total = self.vocab_size * self.d_model * (1 if self.tie_embeddings else 2)
        return total + (self.max_seq_len * self.d_model if self.positions == "learned" else 0)

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, forward and backward, in rows of `seq_len` tokens.

        6 for each weight of a matrix product, and 12 L N H S for the two products of attention
        (Chowdhery et al. 2022, appendix B); norms, activations and softmax are not counted, and
        attention is counted over the whole row although half of it is masked.
        """
        length = self.max_seq_len if seq_len is None else seq_len
        matmul_params = (
            self.num_layers * self._matmul_params_per_block() + self.vocab_size * self.d_model
        )
        attention = 12 * self.num_layers * self.num_heads * self.head_dim * length
        return 6 * matmul_params + attention

    def _matmul_params_per_block(self) -> int:
        heads = 2 * (self.num_heads + self.num_kv_heads) * self.head_dim
        matrices = 3 if self.mlp == "gated" else 2
        return self.d_model * heads + matrices * self.d_model * self.d_ff


def describe_problems(error: ValidationError) -> str:
    """What is wrong with a shape, in one line: each field that is refused, and why."""
    return "; ".join(
        ": ".join([*map(str, item["loc"]), str(item["msg"]).removeprefix("Value error, ")])
        for item in error.errors()
    )
