"""Shapes of the convolutional models, and how a depth becomes one: the causal language model and
the classifier. Numbers only; the layers are in `nn.causal_convolution`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.models.shape import ModelShape, Size

KERNEL_SIZE = 4
DILATION_CYCLE = 4
WIDTH_PER_LAYER = 64
TRANSFORMER_WEIGHTS = 12
"""Weights of a Transformer block, in units of d_model squared: what a layer is worth."""
Layers = Annotated[int, Field(ge=1, le=10_000)]
"""A number of layers; the limit keeps a damaged file from asking for a billion of them."""


class ConvolutionConfig(ModelShape):
    """Shape of a convolutional language model."""

    family: Literal["cnn"]
    """`cnn`."""
    num_layers: Layers
    """Gated convolutions, L."""
    d_ff: Size
    """Width of the gated unit, F."""
    kernel_size: Size
    """Taps of a convolution, the current position among them."""
    dilation_cycle: int = Field(ge=1, le=20)
    """Layers over which the distance between taps doubles before it is one again: 1, 2, 4 ...
    (van den Oord et al. 2016); 1 for no dilation."""
    norm_eps: float = Field(default=1e-5, gt=0.0)
    """Epsilon of the norms."""

    def dilation(self, layer: int) -> int:
        """Distance between the taps of `layer`."""
        return int(2 ** (layer % self.dilation_cycle))

    def receptive_field(self) -> int:
        """Tokens that a prediction depends on: 1 + sum over layers of (taps - 1) * dilation."""
        reach = sum((self.kernel_size - 1) * self.dilation(i) for i in range(self.num_layers))
        return 1 + reach

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, whatever `seq_len`: 6 (L (2 k + 1) D F + V D)."""
        assert seq_len is None or seq_len >= 1, "a row has at least one token"
        return 6 * (self.num_layers * self._layer_weights() + self.vocab_size * self.d_model)

    def _layer_weights(self) -> int:
        return (2 * self.kernel_size + 1) * self.d_model * self.d_ff


def derive_convolution(
    *,
    depth: int,
    vocab_size: int,
    max_seq_len: int,
    d_model: int | None = None,
    d_ff: int | None = None,
    kernel_size: int | None = None,
    dilation_cycle: int | None = None,
    norm_eps: float | None = None,
    dropout: float = 0.0,
    tie_embeddings: bool = True,
) -> ConvolutionConfig:
    """A shape as large as a Transformer of `depth` blocks.

    The rule: d_model = 64 a layer; 4 taps, dilated 1, 2, 4, 8 and over again; and the d_ff with
    which a layer has as many weights as a Transformer block, (2 k + 1) D F = 12 D^2, to the
    nearest multiple of 16.
    """
    d_model = d_model or WIDTH_PER_LAYER * depth
    kernel_size = kernel_size or KERNEL_SIZE
    width = TRANSFORMER_WEIGHTS * d_model / (2 * kernel_size + 1)
    return ConvolutionConfig(
        family="cnn",
        vocab_size=vocab_size,
        max_seq_len=max_seq_len,
        d_model=d_model,
        dropout=dropout,
        tie_embeddings=tie_embeddings,
        num_layers=depth,
        d_ff=d_ff or max(1, round(width / 16)) * 16,
        kernel_size=kernel_size,
        dilation_cycle=dilation_cycle or DILATION_CYCLE,
        norm_eps=norm_eps or 1e-5,
    )


class TextCNNConfig(Config):
    """Shape of a convolutional classifier of texts (Kim 2014); the defaults are the paper's."""

    vocab_size: Size
    """Rows of the embedding."""
    num_classes: int = Field(ge=0, le=10**9)
    """Classes, C; 0 for the features alone, on which a task model puts its heads."""
    max_seq_len: Size = 512
    """Tokens that a row has at most; the network itself knows no limit."""
    d_model: Size = 300
    """Width of an embedding, D."""
    filter_widths: tuple[Size, ...] = Field(default=(3, 4, 5), min_length=1)
    """Tokens that each kind of filter looks at."""
    num_filters: Size = 100
    """Filters of each width."""
    dropout: float = Field(default=0.5, ge=0.0, lt=1.0)
    """Probability of dropping a feature while training."""

    def flops_per_token(self) -> int:
        """Training FLOPs for one token: 6 for each weight of each filter; the classes, once a
        text, are not counted."""
        return 6 * sum(self.filter_widths) * self.d_model * self.num_filters
