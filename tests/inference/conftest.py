"""Tiny random models with opinions, and a tokenizer of English, Chinese and emoji."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
import torch

from yanmo.models.build import build_model
from yanmo.models.config import TRANSFORMER_FAMILIES, ModelConfig
from yanmo.models.decoder import Decoder
from yanmo.models.presets import derive_model
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXTS = [
    "The river runs to the sea, and the sea is never full. The end.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "研墨 😀👍🏽 writes 你好 and 👩‍🔬 too. 白日依山尽。",
]


class ModelMaker(Protocol):
    """Makes a model; fields not given are tiny."""

    def __call__(self, family: str, vocab_size: int = 64, **fields: Any) -> Decoder: ...


@pytest.fixture(scope="session")
def make_model() -> ModelMaker:
    """A function from a family and fields of the `model` section to a random model."""

    def make(family: str, vocab_size: int = 64, **fields: Any) -> Decoder:
        tiny = {"depth": 2, "d_model": 32, "max_seq_len": 16}
        if family in TRANSFORMER_FAMILIES:
            tiny["num_heads"] = 4
        section = ModelConfig.model_validate({"family": family, **tiny, **fields})
        config = derive_model(section, vocab_size).config
        model = build_model(config, torch.device("cpu"), seed=0)
        # Away from the small initial values, so that logits differ clearly.
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
        return model.eval()

    return make


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A tokenizer of 300 entries, so that most characters of Chinese are several tokens."""
    return train_tokenizer(TEXTS * 3, 300)
