"""From a shape to a model, and what can be counted on the shape alone."""

from __future__ import annotations

from typing import Any

import torch

from yanmo.models.convolution import ConvolutionModel
from yanmo.models.convolution_config import ConvolutionConfig
from yanmo.models.decoder import Decoder
from yanmo.models.encoder import Encoder
from yanmo.models.encoder_decoder import EncoderDecoder
from yanmo.models.feed_forward import FeedForwardModel
from yanmo.models.feed_forward_config import FeedForwardConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_config import RecurrentConfig, RecurrentSeq2SeqConfig
from yanmo.models.recurrent_seq2seq import RecurrentSeq2Seq
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig


def build_model(config: ModelShape, device: torch.device, seed: int | None) -> LanguageModel:
    """A model on `device` in float32; initialised from `seed`, or left empty when it is None.

    It is laid out on the meta device first, where nothing has a value yet, so that a large one
    never exists twice.
    """
    model = lay_out(config)
    model.to_empty(device=device)
    model.tie_weights()
    if seed is not None:
        model.init_weights(seed)
    return model


def lay_out(config: ModelShape) -> LanguageModel:
    """The model on the meta device: names and shapes without values."""
    with torch.device("meta"):
        model: LanguageModel = _class_of(config)(config)
    return model


def count_params(config: ModelShape) -> int:
    """Parameters of a shape, tied weights counted once."""
    return lay_out(config).num_params()


def count_embedding_params(config: ModelShape) -> int:
    """Parameters of the embeddings and of the output projection, tied ones counted once."""
    return lay_out(config).num_embedding_params()


def _class_of(config: ModelShape) -> type[Any]:
    if isinstance(config, TransformerConfig):
        return {"decoder": Decoder, "encoder": Encoder, "encoder_decoder": EncoderDecoder}[
            config.form
        ]
    return _CLASSES[type(config)]


_CLASSES: dict[type[ModelShape], type[Any]] = {
    RecurrentConfig: RecurrentModel,
    RecurrentSeq2SeqConfig: RecurrentSeq2Seq,
    ConvolutionConfig: ConvolutionModel,
    FeedForwardConfig: FeedForwardModel,
}
