"""Tiny models of every family before the Transformer, for the tests of what they all promise."""

from __future__ import annotations

from typing import Any

import torch

from yanmo.models.convolution import ConvolutionModel
from yanmo.models.convolution_config import derive_convolution
from yanmo.models.feed_forward import FeedForwardModel
from yanmo.models.feed_forward_config import derive_feed_forward
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_config import derive_recurrent, derive_recurrent_seq2seq
from yanmo.models.recurrent_seq2seq import RecurrentSeq2Seq

CPU = torch.device("cpu")
VOCAB_SIZE = 96
TINY: dict[str, Any] = {"depth": 2, "d_model": 16, "max_seq_len": 24}
RECURRENT = ("rnn", "lstm", "gru")
CAUSAL: list[tuple[str, dict[str, Any]]] = [
    *((family, {}) for family in RECURRENT),
    ("lstm", {"d_hidden": 16, "tie_embeddings": False, "num_layers": 1}),
    ("cnn", {}),
    ("cnn", {"kernel_size": 2, "dilation_cycle": 1, "tie_embeddings": False, "depth": 3}),
    ("ffn", {}),
    ("ffn", {"d_ff": 16, "context_tokens": 3, "has_direct_connections": True}),
    ("ffn", {"context_tokens": 1, "tie_embeddings": False}),
]
"""Language models: a family, and what is set by hand."""

CausalModel = RecurrentModel | ConvolutionModel | FeedForwardModel
Seq2SeqModel = RecurrentSeq2Seq


def build_causal(family: str, *, seed: int = 0, **fields: Any) -> CausalModel:
    """A tiny language model, laid out on the meta device and then filled."""
    shape = {"vocab_size": VOCAB_SIZE} | TINY | fields
    model: CausalModel
    with torch.device("meta"):
        if family == "cnn":
            model = ConvolutionModel(derive_convolution(**shape))
        elif family == "ffn":
            model = FeedForwardModel(derive_feed_forward(**shape))
        else:
            model = RecurrentModel(derive_recurrent(family, **shape))  # type: ignore[arg-type]
    return fill(model, seed)


def build_seq2seq(family: str, *, seed: int = 0, **fields: Any) -> RecurrentSeq2Seq:
    """A tiny encoder-decoder, laid out on the meta device and then filled."""
    shape = {"vocab_size": VOCAB_SIZE, "decoder_start_id": 1} | TINY | fields
    with torch.device("meta"):
        config = derive_recurrent_seq2seq(family, **shape)  # type: ignore[arg-type]
        model = RecurrentSeq2Seq(config)
    return fill(model, seed)


def fill(model: Any, seed: int) -> Any:
    """Give a model on the meta device its values."""
    model.to_empty(device=CPU)
    model.tie_weights()
    model.init_weights(seed)
    return model


def draw_tokens(*shape: int, vocab_size: int = VOCAB_SIZE, seed: int = 0) -> torch.Tensor:
    """Random ids."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(vocab_size, shape, generator=generator)
