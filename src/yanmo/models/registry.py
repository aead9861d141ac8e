"""Families by name: which file knows the Hugging Face form of which family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

import torch

from yanmo.models import gpt2, qwen3
from yanmo.models.transformer_config import TransformerConfig


class FamilyModule(Protocol):
    """What a family's file provides."""

    ARCHITECTURE: str

    def to_hf_config(self, config: TransformerConfig) -> dict[str, Any]:
        """Fields of `config.json`."""

    def from_hf_config(self, fields: Mapping[str, Any]) -> TransformerConfig:
        """The shape that a `config.json` describes."""

    def to_hf_state(self, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Weights under Hugging Face's names."""

    def from_hf_state(self, state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Weights under our names."""


FAMILIES: dict[str, FamilyModule] = {
    "qwen3": cast(FamilyModule, qwen3),
    "gpt2": cast(FamilyModule, gpt2),
}
