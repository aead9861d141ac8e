"""Families by name: which file knows the stored form of which family."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, cast

import torch

from yanmo.models.convolution_config import ConvolutionConfig
from yanmo.models.families import bert, gpt2, llama, marian, qwen3, qwen3_moe, roberta, t5
from yanmo.models.families.native import NativeForm
from yanmo.models.feed_forward_config import FeedForwardConfig
from yanmo.models.recurrent_config import RecurrentConfig, RecurrentSeq2SeqConfig
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig


class StoredForm(Protocol):
    """What a family's file provides: its model folders, which other tools read too."""

    MODEL_TYPE: str

    def to_hf_config(self, config: ModelShape) -> dict[str, Any]:
        """Fields of `config.json`."""

    def from_hf_config(self, fields: Mapping[str, Any]) -> ModelShape:
        """The shape that a `config.json` describes.

        Raises:
            KeyError: a field is missing.
            ValueError: the folder uses a feature that this family does not have here.
        """

    def to_hf_state(
        self, config: ModelShape, state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights under Hugging Face's names; a tensor that is tied to another is stored once."""

    def from_hf_state(
        self, config: ModelShape, state: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Weights under our names. What our model does not have is left out only where the family
        says that it carries nothing.

        Raises:
            KeyError: a name that the family does not have.
            ValueError: a tensor that does not fit the shape.
        """


FORMS: dict[str, StoredForm] = {
    "qwen3": cast(StoredForm, qwen3),
    "llama": cast(StoredForm, llama),
    "qwen3_moe": cast(StoredForm, qwen3_moe),
    "gpt2": cast(StoredForm, gpt2),
    "bert": cast(StoredForm, bert),
    "roberta": cast(StoredForm, roberta),
    "t5": cast(StoredForm, t5),
    "marian": cast(StoredForm, marian),
    "transformer": NativeForm("transformer", TransformerConfig),
    "glm": NativeForm("glm", TransformerConfig),
    "cnn": NativeForm("cnn", ConvolutionConfig),
    "ffn": NativeForm("ffn", FeedForwardConfig),
    **{name: NativeForm(name, RecurrentConfig) for name in ("rnn", "lstm", "gru")},
    **{
        name: NativeForm(name, RecurrentSeq2SeqConfig)
        for name in ("rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq")
    },
}
"""The stored form of each family."""

FORM_OF_MODEL_TYPE: dict[str, StoredForm] = {form.MODEL_TYPE: form for form in FORMS.values()}
"""Stored forms by the `model_type` of a `config.json`."""

WITH_HEADS: dict[str, Callable[[Any, Collection[str]], ModelShape]] = {
    "bert": bert.with_heads,
    "roberta": roberta.with_heads,
}
"""Families whose folders may lack heads: from a shape, and the names of a folder's weights, to the
shape with just the heads that are there."""
