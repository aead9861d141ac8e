"""Small random models with a tokenizer of English and Chinese, as folders to export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXTS = [
    "The return value is the number of items; it's 10 or 3.14, they'll see.\n\n" * 4,
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。\n" * 4,
    "def f(x):\n    return x + 1\t# 注释 comment\r\n" * 4,
]
VOCAB_SIZE = 340

MakeFolder = Callable[..., Path]


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A tokenizer whose size is no multiple of 64, so that the embedding has rows to spare."""
    return train_tokenizer(TEXTS, VOCAB_SIZE)


def write_folder(tokenizer: Tokenizer, path: Path, dtype: torch.dtype, **settings: Any) -> Path:
    """Write the folder of a random model; `settings` are those of the section `model`."""
    fields = {"family": "qwen3", "depth": 2, "d_model": 64, "num_heads": 2, "max_seq_len": 48}
    section = ModelConfig.model_validate(fields | settings)
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    config = derive_model(section, tokenizer.vocab_size, ids).config
    model = build_model(config, torch.device("cpu"), seed=0)
    with torch.no_grad():  # vectors that are all ones or zeros would hide a mistake
        for index, parameter in enumerate(model.parameters()):
            if parameter.ndim == 1:
                noise = torch.Generator().manual_seed(index)
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=noise))
    save_model_folder(model, path, save_tokenizer=tokenizer.save, special_ids=ids, dtype=dtype)
    return path


@pytest.fixture
def make_folder(tokenizer: Tokenizer, tmp_path: Path) -> MakeFolder:
    """Makes the folder of a random model below `tmp_path`; see `write_folder`."""

    def make(name: str = "model", dtype: torch.dtype = torch.float32, **settings: Any) -> Path:
        return write_folder(tokenizer, tmp_path / name, dtype, **settings)

    return make
