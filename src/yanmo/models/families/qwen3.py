"""Qwen3 (Yang et al. 2025): the default decoder family, and its names in Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.llama_layout import (
    ATTENTION_NAMES,
    MLP_NAMES,
    QK_NORM_NAMES,
    read_shape,
    restore_prefix,
    shared_fields,
    window_from_hf,
    window_to_hf,
)
from yanmo.models.families.names import rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "qwen3"
ARCHITECTURES = ("Qwen3ForCausalLM",)
NAMES = ATTENTION_NAMES + QK_NORM_NAMES + MLP_NAMES


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    return (
        {"architectures": list(ARCHITECTURES), "model_type": MODEL_TYPE}
        | shared_fields(config)
        | window_to_hf(config)
    )


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    return read_shape("qwen3", fields, **window_from_hf(fields))


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    return rename(drop_tied_head(config, state), NAMES)


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names."""
    return rename(restore_prefix(state), reverse(NAMES))
