"""Shape of the feed-forward language model, and how a depth becomes one. Numbers only."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from yanmo.core.messages import t
from yanmo.models.shape import ModelShape, Size

CONTEXT_TOKENS = 8
WIDTH_PER_LAYER = 64
TRANSFORMER_WEIGHTS = 12
"""Weights of a Transformer block, in units of d_model squared: what a depth is worth."""


class FeedForwardConfig(ModelShape):
    """Shape of a feed-forward language model."""

    family: Literal["ffn"]
    """`ffn`."""
    context_tokens: Size
    """Tokens that a prediction sees: n - 1 of a model of order n."""
    d_ff: Size
    """Width of the hidden layer, F; where it is not d_model, a projection leads from one to the
    other."""
    has_direct_connections: bool
    """Whether the context also reaches the output past the hidden layer."""

    @model_validator(mode="after")
    def _context_fits_a_row(self) -> Self:
        # Weights of places that no row of training fills would stay what they were at first.
        if self.context_tokens > self.max_seq_len:
            raise ValueError(
                t(
                    "a prediction sees context_tokens = {context}, more than a row of"
                    " max_seq_len = {length} holds",
                    context=self.context_tokens,
                    length=self.max_seq_len,
                )
            )
        return self

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, whatever `seq_len`.

        6 (c D F + F D if projected + c D^2 if direct + V D).
        """
        assert seq_len is None or seq_len >= 1, "a row has at least one token"
        return 6 * (self._matrix_weights() + self.vocab_size * self.d_model)

    def _matrix_weights(self) -> int:
        d_context = self.context_tokens * self.d_model
        total = d_context * self.d_ff
        if self.d_ff != self.d_model:
            total += self.d_ff * self.d_model
        return total + (d_context * self.d_model if self.has_direct_connections else 0)


def derive_feed_forward(
    *,
    depth: int,
    vocab_size: int,
    max_seq_len: int,
    d_model: int | None = None,
    d_ff: int | None = None,
    context_tokens: int | None = None,
    has_direct_connections: bool = False,
    dropout: float = 0.0,
    tie_embeddings: bool = True,
) -> FeedForwardConfig:
    """A shape as large as a Transformer of `depth` blocks.

    The rule: d_model = 64 a layer; 8 tokens of context; and the one hidden layer as wide as it
    must be to have as many weights as the blocks, (c + 1) D F = 12 depth D^2, to the nearest
    multiple of 64.
    """
    d_model = d_model or WIDTH_PER_LAYER * depth
    context_tokens = context_tokens or CONTEXT_TOKENS
    width = TRANSFORMER_WEIGHTS * depth * d_model / (context_tokens + 1)
    return FeedForwardConfig(
        family="ffn",
        vocab_size=vocab_size,
        max_seq_len=max_seq_len,
        d_model=d_model,
        dropout=dropout,
        tie_embeddings=tie_embeddings,
        context_tokens=context_tokens,
        d_ff=d_ff or max(1, round(width / 64)) * 64,
        has_direct_connections=has_direct_connections,
    )
