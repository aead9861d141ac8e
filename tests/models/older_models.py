"""Tiny models of every family before the Transformer, for the tests of what they all promise."""

from __future__ import annotations

from typing import Any

import torch

from yanmo.models.build import build_model
from yanmo.models.convolution import ConvolutionModel
from yanmo.models.convolution_config import derive_convolution
from yanmo.models.feed_forward import FeedForwardModel
from yanmo.models.feed_forward_config import derive_feed_forward
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_config import derive_recurrent, derive_recurrent_seq2seq
from yanmo.models.recurrent_seq2seq import RecurrentSeq2Seq
from yanmo.models.shape import ModelShape

CPU = torch.device("cpu")
VOCAB_SIZE = 96
TINY: dict[str, Any] = {"depth": 2, "d_model": 16, "max_seq_len": 24}
RECURRENT = ("rnn", "lstm", "gru")
CAUSAL: list[tuple[str, dict[str, Any]]] = [
    *((family, {}) for family in RECURRENT),
    ("lstm", {"d_hidden": 24, "tie_embeddings": False, "num_layers": 1}),
    ("cnn", {}),
    ("cnn", {"kernel_size": 2, "dilation_cycle": 1, "tie_embeddings": False, "depth": 3}),
    ("ffn", {}),
    ("ffn", {"d_ff": 16, "context_tokens": 3, "has_direct_connections": True}),
    ("ffn", {"context_tokens": 1, "tie_embeddings": False}),
]
"""Language models: a family, and what is set by hand."""

CausalModel = RecurrentModel | ConvolutionModel | FeedForwardModel


def build_causal(family: str, *, seed: int = 0, **fields: Any) -> CausalModel:
    """A tiny language model."""
    shape = {"vocab_size": VOCAB_SIZE} | TINY | fields
    config: ModelShape
    if family == "cnn":
        config = derive_convolution(**shape)
    elif family == "ffn":
        config = derive_feed_forward(**shape)
    else:
        config = derive_recurrent(family, **shape)  # type: ignore[arg-type]
    model = build_model(config, CPU, seed)
    assert isinstance(model, CausalModel)
    return model


def build_seq2seq(family: str, *, seed: int = 0, **fields: Any) -> RecurrentSeq2Seq:
    """A tiny encoder-decoder."""
    shape = {"vocab_size": VOCAB_SIZE, "decoder_start_id": 1} | TINY | fields
    config = derive_recurrent_seq2seq(family, **shape)  # type: ignore[arg-type]
    model = build_model(config, CPU, seed)
    assert isinstance(model, RecurrentSeq2Seq)
    return model


def draw_tokens(*shape: int, vocab_size: int = VOCAB_SIZE, seed: int = 0) -> torch.Tensor:
    """Random ids."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(vocab_size, shape, generator=generator)
