"""BERT (Devlin et al. 2019), and its names in Hugging Face."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch

from yanmo.models.families.bert_layout import EncoderLayout
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "bert"
ARCHITECTURES = (
    "BertForMaskedLM",
    "BertForPreTraining",
    "BertModel",
    "BertForNextSentencePrediction",
)

LAYOUT = EncoderLayout(
    family="bert",
    head_names=[
        ("mlm_head.dense", "cls.predictions.transform.dense"),
        ("mlm_head.norm", "cls.predictions.transform.LayerNorm"),
        ("lm_head", "cls.predictions.decoder"),
        ("next_sentence_head", "cls.seq_relationship"),
    ],
    head_bias="cls.predictions.bias",
    architectures={
        (True, False, False): "BertForMaskedLM",
        (True, True, False): "BertForMaskedLM",
        (True, True, True): "BertForPreTraining",
        (False, True, False): "BertModel",
        (False, False, False): "BertModel",
        (False, True, True): "BertForNextSentencePrediction",
    },
)


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    return LAYOUT.to_hf_config(config)


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    return LAYOUT.from_hf_config(fields, pad_id=fields.get("pad_token_id", 0))


def with_heads(config: TransformerConfig, names: Collection[str]) -> TransformerConfig:
    """`config` with the heads whose weights are among `names` of a file, and no others."""
    return LAYOUT.with_heads(config, names)


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    return LAYOUT.to_hf_state(config, state)


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names; those of a bare body, and the names that older versions wrote, are
    read too.

    Raises:
        KeyError: a name that the family does not have.
    """
    return LAYOUT.from_hf_state(state)
