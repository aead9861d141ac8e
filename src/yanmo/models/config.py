"""The `model` section of a recipe: a family, one dial, and any dimension set by hand."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import listed, t
from yanmo.nn.rotary_scaling import RotaryScaling

Family = Literal[
    "qwen3",
    "llama",
    "gpt2",
    "qwen3_moe",
    "transformer",
    "glm",
    "bert",
    "roberta",
    "t5",
    "marian",
    "rnn",
    "lstm",
    "gru",
    "cnn",
    "ffn",
    "rnn_seq2seq",
    "lstm_seq2seq",
    "gru_seq2seq",
]
Preset = Literal["nano", "tiny", "small", "base"]


class ModelConfig(Config):
    """Shape of the model. Everything left unset is derived from `preset` or `depth`."""

    family: Family = "qwen3"
    """Architecture; `yanmo ls models` says what each is."""
    preset: Preset | None = None
    """A named depth: nano = 3 layers, tiny = 6, small = 12, base = 24."""
    depth: int | None = Field(default=None, ge=1, le=200)
    """The one dial: the number of layers, from which width, heads and the rest are derived."""
    max_seq_len: int = Field(default=256, ge=8)
    """Context length in tokens; also the length of a training row."""
    d_model: int | None = Field(default=None, ge=8)
    """Width of the residual stream. Derived: 64 for each layer."""
    d_ff: int | None = Field(default=None, ge=8)
    """Width of the feed-forward layer, or of the hidden states of a recurrent model. Derived: 8/3
    of d_model when gated, else 4 times d_model."""
    num_decoder_layers: int | None = Field(default=None, ge=1, le=200)
    """Layers of the decoder of an encoder-decoder. Derived: as many as the encoder has."""
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
    """Epsilon of the norms. Derived from the family."""
    rope_theta: float | None = Field(default=None, gt=0.0)
    """Base of the rotary frequencies. Derived: 10000."""
    rope_scaling: RotaryScaling | None = None
    """How rotary positions are stretched beyond the length that they were trained on."""
    sliding_window: int | None = Field(default=None, ge=1)
    """Keys that a query sees, itself included; None sees all."""
    num_experts: int | None = Field(default=None, ge=1, le=1024)
    """Experts of a mixture. Derived: 8."""
    num_active_experts: int | None = Field(default=None, ge=1)
    """Experts that each token goes to. Derived: 2."""
    positions: Literal["none", "rotary", "learned", "sinusoidal", "alibi", "relative"] | None = None
    """How positions enter the model; only in family `transformer`. Derived: rotary."""
    norm: Literal["rms_norm", "layer_norm"] | None = None
    """Kind of norm; only in family `transformer`. Derived: rms_norm."""
    norm_placement: Literal["before", "after"] | None = None
    """Whether norms stand before a branch or after its sum; only in family `transformer`.
    Derived: before."""
    mlp: Literal["gated", "plain"] | None = None
    """Kind of feed-forward layer; in `transformer`, and in `t5`, whose first version was plain.
    Derived: gated."""
    activation: Literal["silu", "gelu", "gelu_tanh", "relu"] | None = None
    """Activation of the feed-forward layer; only in family `transformer`. Derived: silu."""
    attention: Literal["none", "additive", "multiplicative"] | None = None
    """What the decoder of a recurrent encoder-decoder sees of the source: its last state alone, or
    all states through attention. Derived: additive."""
    context_tokens: int | None = Field(default=None, ge=1)
    """Tokens that a feed-forward language model sees (8 when unset), or that one convolution covers
    (4 when unset)."""
    tie_embeddings: bool = True
    """Use the input embedding as the output projection too."""
    initial_embedding: str | None = None
    """Word vectors that the embedding begins with: a folder, or `word_vectors` for those that the
    recipe's own section [word_vectors] learns. Random numbers when unset."""

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
        for name, families in FIELDS_OF_FAMILIES.items():
            if getattr(self, name) is not None and self.family not in families:
                raise ValueError(
                    t(
                        "{field} has no effect in {family}; it belongs to {families}",
                        field=name,
                        family=self.family,
                        families=listed(sorted(families)),
                    )
                )
        return self


ROTARY_FAMILIES = frozenset({"qwen3", "llama", "qwen3_moe", "transformer"})
SEQ2SEQ_FAMILIES = frozenset({"t5", "marian", "rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"})
RECURRENT_FAMILIES = frozenset({"rnn", "lstm", "gru"})
RECURRENT_SEQ2SEQ_FAMILIES = frozenset({"rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"})
TRANSFORMER_FAMILIES = frozenset(
    {"qwen3", "llama", "gpt2", "qwen3_moe", "transformer", "glm"}
    | {"bert", "roberta", "t5", "marian"}
)
FIELDS_OF_FAMILIES: dict[str, frozenset[str]] = {
    "num_decoder_layers": SEQ2SEQ_FAMILIES,
    "num_heads": TRANSFORMER_FAMILIES,
    "num_kv_heads": TRANSFORMER_FAMILIES,
    "head_dim": TRANSFORMER_FAMILIES,
    "norm_eps": TRANSFORMER_FAMILIES - {"marian"},  # whose files have no field for it
    "rope_theta": ROTARY_FAMILIES,
    "rope_scaling": ROTARY_FAMILIES,
    "sliding_window": frozenset({"qwen3", "qwen3_moe", "transformer"}),
    "num_experts": frozenset({"qwen3_moe"}),
    "num_active_experts": frozenset({"qwen3_moe"}),
    "positions": frozenset({"transformer"}),
    "norm": frozenset({"transformer"}),
    "norm_placement": frozenset({"transformer"}),
    "mlp": frozenset({"transformer", "t5"}),
    "activation": frozenset({"transformer"}),
    "attention": RECURRENT_SEQ2SEQ_FAMILIES,
    "context_tokens": frozenset({"ffn", "cnn"}),
}
"""Fields that only some families have; elsewhere they are refused."""
