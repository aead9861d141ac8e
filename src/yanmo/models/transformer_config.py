"""The full shape of a Transformer of any of the three forms: every number decided."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.messages import t
from yanmo.models.shape import ModelShape, Size
from yanmo.nn.rotary_scaling import RotaryScaling

Layers = Annotated[int, Field(ge=1, le=10_000)]
"""A number of blocks; the limit keeps a damaged file from asking for a billion of them."""
Positions = Literal[
    "none", "rotary", "learned", "sinusoidal", "alibi", "relative", "two_dimensional"
]


class TransformerConfig(ModelShape):
    """Dimensions and kinds of parts. The families differ in nothing but these fields."""

    form: Literal["decoder", "encoder", "encoder_decoder"] = "decoder"
    """Causal decoder, bidirectional encoder, or an encoder that a decoder attends to."""
    d_ff: Size
    """Width of the feed-forward layer, F; of one expert where there are experts."""
    num_layers: Layers
    """Blocks, L; those of the encoder where there is a decoder too."""
    num_decoder_layers: int = Field(default=0, ge=0, le=10_000)
    """Blocks of the decoder of an encoder-decoder."""
    num_heads: Size
    """Query heads, N."""
    num_kv_heads: Size
    """Key-value heads, K."""
    head_dim: Size
    """Width of one head, H."""
    norm_eps: float = Field(gt=0.0)
    """Epsilon of the norms."""
    norm: Literal["rms_norm", "layer_norm"]
    """Kind of norm."""
    norm_placement: Literal["before", "after"] = "before"
    """Whether a branch's norm stands before it, or after its sum with the residual stream."""
    mlp: Literal["gated", "plain", "mixture"]
    """Kind of feed-forward layer; a mixture has gated experts."""
    activation: Literal["silu", "gelu", "gelu_tanh", "relu"]
    """Activation of the feed-forward layer."""
    has_attn_bias: bool
    """Whether the projections of attention carry biases."""
    has_mlp_bias: bool
    """Whether the feed-forward layer carries biases."""
    has_qk_norm: bool = False
    """Whether queries and keys are normalised per head."""
    has_scaled_attention: bool = True
    """Whether scores are divided by sqrt(head_dim); T5 leaves that to its initial weights."""
    sliding_window: int | None = Field(default=None, ge=1)
    """Keys that a query sees, itself included; None sees all."""
    first_sliding_layer: int = Field(default=0, ge=0)
    """Blocks before this one see everything."""

    positions: Positions
    """How positions enter the model."""
    rope_theta: float | None = Field(default=None, gt=0.0)
    """Base of the rotary frequencies, where positions are rotary."""
    rope_scaling: RotaryScaling | None = None
    """How rotary positions are stretched beyond the length that they were trained on."""
    sinusoidal_layout: Literal["interleaved", "halves"] = "interleaved"
    """Order of sines and cosines, where positions are sinusoidal."""
    relative_buckets: Size = 32
    """Distances that are told apart, where positions are relative."""
    relative_max_distance: Size = 128
    """Distance from which on all are one, where positions are relative."""
    position_offset: int = Field(default=0, ge=0)
    """Row of the position table that position 0 uses; RoBERTa leaves two rows unused."""

    num_segments: int = Field(default=0, ge=0)
    """Rows of the segment embedding; 0 for none."""
    embedding_scale: float = Field(default=1.0, gt=0.0)
    """Factor on token embeddings as they enter."""
    has_embedding_norm: bool = False
    """Whether the sum of embeddings is normalised before the first block."""
    score_scale: float = Field(default=1.0, gt=0.0)
    """Factor on the states before the output projection."""
    has_head_bias: bool = False
    """Whether the output projection carries a bias."""
    has_mlm_head: bool = True
    """Whether an encoder predicts hidden tokens; the bare body of one does not."""
    has_pooler: bool = False
    """Whether an encoder gives one vector for the whole row, from its first position."""
    has_next_sentence: bool = False
    """Whether an encoder says whether its second segment follows the first."""

    num_experts: int = Field(default=0, ge=0, le=100_000)
    """Experts of a mixture."""
    num_active_experts: int = Field(default=0, ge=0)
    """Experts that each token goes to."""
    has_normalized_weights: bool = True
    """Whether the weights of the chosen experts are made to sum to one."""
    balance_loss_weight: float = Field(default=0.0, ge=0.0)
    """Weight of the loss that keeps the experts evenly used; it counts in training only."""

    decoder_start_id: int | None = Field(default=None, ge=0)
    """The id that the decoder of an encoder-decoder begins with."""
    pad_id: int | None = Field(default=None, ge=0)
    """The id that fills rows, where the files of the family name one."""

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
        if self.positions == "sinusoidal" and self.d_model % 2:
            raise ValueError(
                t("sinusoidal positions need an even d_model, not {width}", width=self.d_model)
            )
        if self.mlp == "mixture" and not 1 <= self.num_active_experts <= self.num_experts:
            raise ValueError(
                t(
                    "num_active_experts = {active} is not between 1 and num_experts = {experts}",
                    active=self.num_active_experts,
                    experts=self.num_experts,
                )
            )
        if self.form == "encoder_decoder" and not self.num_decoder_layers:
            raise ValueError(t("an encoder-decoder needs num_decoder_layers"))
        if self.has_next_sentence and not self.has_pooler:
            raise ValueError(t("has_next_sentence needs has_pooler, whose vector it reads"))
        if not self.has_mlm_head and not self.tie_embeddings:
            raise ValueError(t("without has_mlm_head there are no embeddings to leave untied"))
        if self.family not in GROUPED_HEAD_FAMILIES:
            self._check_square_heads()
        return self

    def _check_square_heads(self) -> None:
        # The files of these families have no field for another number or width of heads.
        if self.num_kv_heads != self.num_heads:
            raise ValueError(
                t(
                    "{family} does not group heads: num_kv_heads = {kv_heads} must be"
                    " num_heads = {heads}",
                    family=self.family,
                    kv_heads=self.num_kv_heads,
                    heads=self.num_heads,
                )
            )
        if self.family != "t5" and self.num_heads * self.head_dim != self.d_model:
            raise ValueError(
                t(
                    "in {family} num_heads = {heads} times head_dim = {width} must be"
                    " d_model = {d_model}",
                    family=self.family,
                    heads=self.num_heads,
                    width=self.head_dim,
                    d_model=self.d_model,
                )
            )

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, forward and backward, in rows of `seq_len` tokens.

        6 for each weight of a matrix product, and 12 L N H S for the two products of attention
        (Chowdhery et al. 2022, appendix B); norms, activations and softmax are not counted, and
        attention is counted over the whole row although half of it may be masked. Of a mixture the
        active experts count. An encoder's output projection is not counted, since few positions go
        through it. An encoder-decoder is counted for one target token with one source token.
        """
        length = self.max_seq_len if seq_len is None else seq_len
        attention = 12 * self.num_heads * self.head_dim * length
        blocks = self.num_layers * (6 * self._matmul_params_per_block() + attention)
        head = 6 * self.vocab_size * self.d_model
        if self.form == "encoder":
            return blocks
        if self.form == "decoder":
            return blocks + head
        cross = 6 * self._attn_params() + attention
        block = 6 * self._matmul_params_per_block() + attention + cross
        return blocks + self.num_decoder_layers * block + head

    def _attn_params(self) -> int:
        return 2 * self.d_model * (self.num_heads + self.num_kv_heads) * self.head_dim

    def _matmul_params_per_block(self) -> int:
        matrices = 2 if self.mlp == "plain" else 3
        feed_forward = matrices * self.d_model * self.d_ff
        if self.mlp == "mixture":
            feed_forward *= self.num_active_experts
            feed_forward += self.d_model * self.num_experts
        return self._attn_params() + feed_forward


GROUPED_HEAD_FAMILIES = frozenset({"llama", "qwen3", "qwen3_moe", "transformer"})
"""Families whose files say how many key-value heads there are and how wide a head is."""
