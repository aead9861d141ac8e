"""Tiny shapes of all families that several test modules build models from."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from yanmo.models.config import TRANSFORMER_FAMILIES, ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.transformer_config import TransformerConfig


class ShapeMaker(Protocol):
    """Makes a shape; fields not given are tiny."""

    def __call__(self, family: str, vocab_size: int = 128, **fields: Any) -> TransformerConfig: ...


@pytest.fixture(scope="session")
def make_shape() -> ShapeMaker:
    """A function from a family and fields of the `model` section to a whole shape."""

    def make(family: str, vocab_size: int = 128, **fields: Any) -> TransformerConfig:
        tiny = {"depth": 2, "d_model": 32, "max_seq_len": 24}
        if family in TRANSFORMER_FAMILIES:
            tiny["num_heads"] = 4
        section = ModelConfig.model_validate({"family": family, **tiny, **fields})
        return derive_model(section, vocab_size, {"eos": 0, "pad": 1}).config

    return make
