"""The dimensions of a decoder, as the model of a cluster needs them, and those of known models.

Comes in: a name, a TOML file or the shape of a recipe's model. Goes out: counts of parameters and
FLOPs. A mixture of experts is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig


class DecoderShape(Config):
    """Dimensions of a decoder."""

    name: str = "model"
    """What it is called."""
    num_layers: int = Field(ge=1)
    """Blocks, L."""
    d_model: int = Field(ge=1)
    """Width, D."""
    num_heads: int = Field(ge=1)
    """Query heads, N."""
    num_kv_heads: int | None = Field(default=None, ge=1)
    """Key-value heads, K; as many as query heads when unset."""
    head_dim: int | None = Field(default=None, ge=1)
    """Width of a head, H; d_model / num_heads when unset."""
    d_ff: int | None = Field(default=None, ge=1)
    """Width of the feed-forward layer, F; 4 times d_model when unset."""
    mlp: Literal["plain", "gated"] = "plain"
    """Two matrices, or three."""
    vocab_size: int = Field(ge=1)
    """Rows of the embedding, V."""
    max_seq_len: int = Field(ge=1)
    """Tokens of a row, T."""
    tie_embeddings: bool = False
    """Whether the output projection is the embedding."""
    has_dropout: bool = False
    """Whether it is trained with dropout, whose masks are kept."""

    @property
    def q_width(self) -> int:
        """Width of all queries."""
        return self.num_heads * (self.head_dim or self.d_model // self.num_heads)

    @property
    def kv_width(self) -> int:
        """Width of all keys; that of the values is the same."""
        return self.q_width // self.num_heads * (self.num_kv_heads or self.num_heads)

    @property
    def ff_width(self) -> int:
        """Width of the feed-forward layer."""
        return self.d_ff or 4 * self.d_model

    def layer_params(self) -> int:
        """Weights of the matrices of one block."""
        attention = 2 * self.d_model * (self.q_width + self.kv_width)
        return attention + (3 if self.mlp == "gated" else 2) * self.d_model * self.ff_width

    def embedding_params(self) -> int:
        """Of the embedding and, where it has its own, the output projection."""
        return self.vocab_size * self.d_model * (1 if self.tie_embeddings else 2)

    def num_params(self) -> int:
        """All parameters; norms and biases are left out, less than one in a thousand."""
        return self.num_layers * self.layer_params() + self.embedding_params()

    def attention_flops(self) -> int:
        """Forward FLOPs for a token in one block: its scores and their use, over the whole row."""
        return 4 * self.q_width * self.max_seq_len

    def flops_per_token(self, *, attention_frac: float = 1.0) -> float:
        """Training FLOPs for a token: 6 for each weight of a product, 12 L N H T for attention
        (Chowdhery et al. 2022, appendix B), of which `attention_frac` is counted."""
        weights = self.num_layers * self.layer_params() + self.vocab_size * self.d_model
        return 6.0 * weights + 3.0 * self.num_layers * self.attention_flops() * attention_frac


def shape_of_model(name: str, model: ModelShape) -> DecoderShape:
    """The dimensions of a decoder that a recipe describes.

    Raises:
        ConfigError: the model is no decoder, or has experts.
    """
    is_decoder = isinstance(model, TransformerConfig) and model.form == "decoder"
    if not is_decoder or not isinstance(model, TransformerConfig) or model.mlp == "mixture":
        raise ConfigError(
            t("{family} cannot be planned for a cluster", family=model.family),
            where="model.family",
            why=t("the model of a cluster knows decoders without experts"),
        )
    return DecoderShape(
        name=name,
        num_layers=model.num_layers,
        d_model=model.d_model,
        num_heads=model.num_heads,
        num_kv_heads=model.num_kv_heads,
        head_dim=model.head_dim,
        d_ff=model.d_ff,
        mlp="gated" if model.mlp == "gated" else "plain",
        vocab_size=model.vocab_size,
        max_seq_len=model.max_seq_len,
        tie_embeddings=model.tie_embeddings,
        has_dropout=model.dropout > 0,
    )


def _gpt(name: str, layers: int, width: int, heads: int, vocab: int = 51_200) -> DecoderShape:
    """A model as in the Megatron-LM papers: tied, with dropout, rows of 2,048 tokens."""
    return DecoderShape(
        name=name,
        num_layers=layers,
        d_model=width,
        num_heads=heads,
        vocab_size=vocab,
        max_seq_len=2048,
        tie_embeddings=True,
        has_dropout=True,
    )


def _llama(
    name: str,
    layers: int,
    width: int,
    heads: int,
    d_ff: int,
    *,
    length: int,
    kv_heads: int | None = None,
    vocab: int = 32_000,
) -> DecoderShape:
    return DecoderShape(
        name=name,
        num_layers=layers,
        d_model=width,
        num_heads=heads,
        num_kv_heads=kv_heads,
        d_ff=d_ff,
        mlp="gated",
        vocab_size=vocab,
        max_seq_len=length,
    )


def _mpt(name: str, layers: int, width: int, heads: int) -> DecoderShape:
    return DecoderShape(
        name=name,
        num_layers=layers,
        d_model=width,
        num_heads=heads,
        vocab_size=50_432,
        max_seq_len=2048,
        tie_embeddings=True,
    )


_ALL = (
    _gpt("gpt-1.7b", 24, 2304, 24),
    _gpt("gpt-3.6b", 30, 3072, 32),
    _gpt("gpt-7.5b", 36, 4096, 32),
    _gpt("gpt-18b", 40, 6144, 48),
    _gpt("gpt-22b", 48, 6144, 64),
    _gpt("gpt-39b", 48, 8192, 64),
    _gpt("gpt-76b", 60, 10240, 80),
    _gpt("gpt-145b", 80, 12288, 96),
    _gpt("gpt3-175b", 96, 12288, 96),
    _gpt("gpt-310b", 96, 16384, 128),
    _gpt("gpt-530b", 105, 20480, 128),
    _gpt("gpt-1t", 128, 25600, 160),
    _gpt("bloom-176b", 70, 14336, 112, vocab=250_880),
    _gpt("neox-20b", 44, 6144, 64, vocab=50_432),
    _mpt("mpt-1b", 24, 2048, 16),
    _mpt("mpt-3b", 32, 2560, 20),
    _mpt("mpt-7b", 32, 4096, 32),
    _mpt("mpt-13b", 40, 5120, 40),
    _mpt("mpt-30b", 48, 7168, 56),
    _mpt("mpt-70b", 80, 8192, 64),
    _llama("llama-7b", 32, 4096, 32, 11008, length=2048),
    _llama("llama-65b", 80, 8192, 64, 22016, length=2048),
    _llama("llama2-7b", 32, 4096, 32, 11008, length=4096),
    _llama("llama2-13b", 40, 5120, 40, 13824, length=4096),
    _llama("llama2-70b", 80, 8192, 64, 28672, length=4096, kv_heads=8),
    _llama("llama3-8b", 32, 4096, 32, 14336, length=8192, kv_heads=8, vocab=128_256),
    _llama("llama3-70b", 80, 8192, 64, 28672, length=8192, kv_heads=8, vocab=128_256),
    _llama("llama3-405b", 126, 16384, 128, 53248, length=8192, kv_heads=8, vocab=128_256),
    _llama("olmo2-32b", 64, 5120, 40, 27648, length=4096, kv_heads=8, vocab=100_352),
)

SHAPES: Mapping[str, DecoderShape] = {shape.name: shape for shape in _ALL}
"""Known models, by name; their sources are with the runs in `published`."""
