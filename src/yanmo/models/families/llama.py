"""Llama (Touvron et al. 2023; Grattafiori et al. 2024), and its names in Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.llama_layout import (
    ATTENTION_NAMES,
    MLP_NAMES,
    read_shape,
    restore_prefix,
    shared_fields,
)
from yanmo.models.families.names import rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "llama"
ARCHITECTURES = ("LlamaForCausalLM",)
NAMES = ATTENTION_NAMES + MLP_NAMES
_FREQUENCIES = ".rotary_emb.inv_freq"


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    own = {"mlp_bias": config.has_mlp_bias, "pretraining_tp": 1}
    return (
        {"architectures": list(ARCHITECTURES), "model_type": MODEL_TYPE}
        | shared_fields(config)
        | own
    )


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    return read_shape("llama", fields, has_mlp_bias=bool(fields.get("mlp_bias")))


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    return rename(drop_tied_head(config, state), NAMES)


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names; the tables of frequencies of old folders, which follow from the
    configuration, are left out."""
    kept = {name: tensor for name, tensor in state.items() if not name.endswith(_FREQUENCIES)}
    return rename(restore_prefix(kept), reverse(NAMES))
