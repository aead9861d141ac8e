"""Shapes of the recurrent models, and how a depth becomes one: language models and
encoder-decoders. Numbers only; the layers are in `nn.recurrent`."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape, Size

RecurrentFamily = Literal["rnn", "lstm", "gru"]
RecurrentSeq2SeqFamily = Literal["rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"]
Cell = Literal["rnn", "lstm", "gru"]
Layers = Annotated[int, Field(ge=1, le=1000)]
"""A number of layers; the limit keeps a damaged file from asking for a billion of them."""

NUM_GATES: dict[Cell, int] = {"rnn": 1, "lstm": 4, "gru": 3}
"""Matrices of each kind of cell, side by side in one weight."""
MAX_DERIVED_LAYERS = 4
"""Stacks without residual connections gain little from more layers and soon stop to train (Wu et
al. 2016, section 3.1); a greater depth makes them wider."""
WIDTH_PER_LAYER = 64
TRANSFORMER_WEIGHTS = 12
"""Weights of a Transformer block, in units of d_model squared: what a depth is worth."""
WIDTH_MULTIPLE = 16


class RecurrentConfig(ModelShape):
    """Shape of a recurrent language model."""

    family: RecurrentFamily
    """`rnn`, `lstm` or `gru`."""
    num_layers: Layers
    """Recurrent layers, L."""
    d_hidden: Size
    """Width of the state, U; where it is not d_model, a projection leads from one to the other."""

    @property
    def cell(self) -> Cell:
        """Kind of cell."""
        return self.family

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token: 6 for each weight of a matrix product, whatever `seq_len`.

        6 (sum over layers of G U (d_in + U) + U D if projected + V D).
        """
        assert seq_len is None or seq_len >= 1, "a row has at least one token"
        weights = recurrent_weights(self.cell, self.d_model, self.d_hidden, self.num_layers)
        return 6 * (weights + self._projection_weights() + self.vocab_size * self.d_model)

    def _projection_weights(self) -> int:
        return self.d_hidden * self.d_model if self.d_hidden != self.d_model else 0


class RecurrentSeq2SeqConfig(ModelShape):
    """Shape of a recurrent encoder-decoder: two stacks of the same depth and width."""

    family: RecurrentSeq2SeqFamily
    """`rnn_seq2seq`, `lstm_seq2seq` or `gru_seq2seq`."""
    num_layers: Layers
    """Recurrent layers, L, of the encoder and again of the decoder."""
    d_hidden: Size
    """Width of the state, U. A bidirectional encoder gives half of it to each direction."""
    is_bidirectional: bool
    """Whether the encoder reads the source from both ends."""
    attention: Literal["none", "additive", "multiplicative"]
    """How the decoder looks at the source: not at all beyond the encoder's last state (Sutskever
    et al. 2014), with an additive score from the state before (Bahdanau et al. 2015), or with a
    product from the state of now (Luong et al. 2015)."""
    decoder_start_id: int = Field(ge=0)
    """The token that the decoder begins with."""

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if self.is_bidirectional and self.d_hidden % 2:
            raise ValueError(
                t(
                    "two directions share d_hidden = {width}, which is odd",
                    width=self.d_hidden,
                )
            )
        if self.decoder_start_id >= self.vocab_size:
            raise ValueError(
                t(
                    "decoder_start_id = {id} is no entry of a vocabulary of {size}",
                    id=self.decoder_start_id,
                    size=self.vocab_size,
                )
            )
        return self

    @property
    def cell(self) -> Cell:
        """Kind of cell."""
        return cast(Cell, self.family.removesuffix("_seq2seq"))

    @property
    def d_decoder_input(self) -> int:
        """Width of what enters the decoder: an embedding, and under additive attention a context
        beside it."""
        return self.d_model + (self.d_hidden if self.attention == "additive" else 0)

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one target token and one source token, in sources of `seq_len`.

        6 for each weight of a matrix product, and 12 U S for the scores and the mixture of
        attention over S source tokens.
        """
        length = self.max_seq_len if seq_len is None else seq_len
        weights = self._stack_weights() + self._attention_weights() + self._projection_weights()
        mixture = 0 if self.attention == "none" else 2 * self.d_hidden * length
        return 6 * (weights + self.vocab_size * self.d_model + mixture)

    def _stack_weights(self) -> int:
        encoder = recurrent_weights(
            self.cell, self.d_model, self.d_hidden, self.num_layers, self.is_bidirectional
        )
        return encoder + recurrent_weights(
            self.cell, self.d_decoder_input, self.d_hidden, self.num_layers
        )

    def _attention_weights(self) -> int:
        num_matrices = {"none": 0, "multiplicative": 1, "additive": 2}[self.attention]
        return num_matrices * self.d_hidden**2

    def _projection_weights(self) -> int:
        if self.attention != "none":
            return 2 * self.d_hidden * self.d_model
        return self.d_hidden * self.d_model if self.d_hidden != self.d_model else 0


class RecurrentEncoderConfig(Config):
    """Shape of a recurrent network that reads texts from both ends, for tasks; the defaults are
    those of a tagger of characters (Zhang and Yang 2018, table 3), with 200 for each direction."""

    vocab_size: Size
    """Rows of the embedding."""
    max_seq_len: Size = 512
    """Tokens that a row has at most; the network itself knows no limit."""
    cell: Cell = "lstm"
    """Kind of cell."""
    d_model: Size = 50
    """Width of an embedding, D."""
    d_hidden: Size = 400
    """Width of the state, U; half of it for each direction."""
    num_layers: Layers = 1
    """Recurrent layers, L."""
    dropout: float = Field(default=0.5, ge=0.0, lt=1.0)
    """Probability of dropping an element of what enters, of what goes from layer to layer, and of
    the states, while training."""

    @model_validator(mode="after")
    def _check_width(self) -> Self:
        if self.d_hidden % 2:
            raise ValueError(
                t("two directions share d_hidden = {width}, which is odd", width=self.d_hidden)
            )
        return self

    def flops_per_token(self) -> int:
        """Training FLOPs for one token: 6 for each weight of a matrix product."""
        return 6 * recurrent_weights(
            self.cell, self.d_model, self.d_hidden, self.num_layers, is_bidirectional=True
        )


def recurrent_weights(
    cell: Cell, d_input: int, d_hidden: int, num_layers: int, is_bidirectional: bool = False
) -> int:
    """Weights of the matrices of a stack, biases not counted.

    G U (d_in + U) a layer for G gates. Each of two directions has half of U: G U (d_in + U / 2).
    """
    recurrent = d_hidden // 2 if is_bidirectional else d_hidden
    inputs = d_input + (num_layers - 1) * d_hidden
    return NUM_GATES[cell] * d_hidden * (inputs + num_layers * recurrent)


def derive_recurrent(
    family: RecurrentFamily,
    *,
    depth: int,
    vocab_size: int,
    max_seq_len: int,
    d_model: int | None = None,
    num_layers: int | None = None,
    d_hidden: int | None = None,
    dropout: float = 0.0,
    tie_embeddings: bool = True,
) -> RecurrentConfig:
    """A shape as large as a Transformer of `depth` blocks.

    The rule: d_model = 64 a layer; `depth` layers, four at most; and the width U of the state with
    which the stack and its projection have as many weights as `depth` Transformer blocks of that
    d_model, 12 depth d_model^2, to the nearest multiple of 16.
    """
    d_model = d_model or WIDTH_PER_LAYER * depth
    num_layers = num_layers or min(depth, MAX_DERIVED_LAYERS)
    return RecurrentConfig(
        family=family,
        vocab_size=vocab_size,
        max_seq_len=max_seq_len,
        d_model=d_model,
        dropout=dropout,
        tie_embeddings=tie_embeddings,
        num_layers=num_layers,
        d_hidden=d_hidden or _derive_width(family, d_model, depth, num_layers),
    )


def derive_recurrent_seq2seq(
    family: RecurrentSeq2SeqFamily,
    *,
    depth: int,
    vocab_size: int,
    max_seq_len: int,
    decoder_start_id: int,
    attention: Literal["none", "additive", "multiplicative"] = "multiplicative",
    is_bidirectional: bool = True,
    d_model: int | None = None,
    num_layers: int | None = None,
    d_hidden: int | None = None,
    dropout: float = 0.0,
    tie_embeddings: bool = True,
) -> RecurrentSeq2SeqConfig:
    """A shape by the rule of `derive_recurrent`, for each of the two stacks."""
    d_model = d_model or WIDTH_PER_LAYER * depth
    num_layers = num_layers or min(depth, MAX_DERIVED_LAYERS)
    cell = cast(Cell, family.removesuffix("_seq2seq"))
    return RecurrentSeq2SeqConfig(
        family=family,
        vocab_size=vocab_size,
        max_seq_len=max_seq_len,
        d_model=d_model,
        dropout=dropout,
        tie_embeddings=tie_embeddings,
        num_layers=num_layers,
        d_hidden=d_hidden or _derive_width(cell, d_model, depth, num_layers),
        is_bidirectional=is_bidirectional,
        attention=attention,
        decoder_start_id=decoder_start_id,
    )


def _derive_width(cell: Cell, d_model: int, depth: int, num_layers: int) -> int:
    """U with G U (D + (2 L - 1) U) + U D = 12 depth D^2, to a multiple of 16."""
    gates = NUM_GATES[cell]
    square = gates * (2 * num_layers - 1)
    linear = (gates + 1) * d_model
    budget = TRANSFORMER_WEIGHTS * depth * d_model**2
    width = (math.sqrt(linear**2 + 4 * square * budget) - linear) / (2 * square)
    return max(1, round(width / WIDTH_MULTIPLE)) * WIDTH_MULTIPLE
