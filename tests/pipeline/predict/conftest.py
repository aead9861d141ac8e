"""Small task folders, one for each kind of head, and one model that writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.checkpoint.task_folder import save_task_folder
from yanmo.models.build import build_model
from yanmo.models.config import TRANSFORMER_FAMILIES, ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXTS = [
    "The river runs to the sea, and the sea is never full. The end.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
]
HEADS = {
    "topic": HeadSpec("topic", "classification", ("sea", "hill", "moon")),
    "score": HeadSpec("score", "regression"),
    "entities": HeadSpec("entities", "tagging", ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")),
    "spans": HeadSpec("spans", "spans"),
}
FolderMaker = Callable[..., Path]


@pytest.fixture(scope="session")
def small_tokenizer() -> Tokenizer:
    """A tokenizer of English and Chinese."""
    return train_tokenizer(TEXTS * 3, 300)


def small_model(tokenizer: Tokenizer, family: str, max_seq_len: int = 64) -> LanguageModel:
    """A random model whose scores differ clearly."""
    fields = {"family": family, "depth": 1, "d_model": 32, "max_seq_len": max_seq_len}
    if family in TRANSFORMER_FAMILIES:
        fields["num_heads"] = 2
    section = ModelConfig.model_validate(fields)
    config = derive_model(section, tokenizer.vocab_size).config
    model = build_model(config, torch.device("cpu"), seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


@pytest.fixture(scope="session")
def make_folder(small_tokenizer: Tokenizer) -> FolderMaker:
    """A function from a folder and names of heads to that folder, filled with a task model."""

    def make(folder: Path, names: Sequence[str], family: str = "bert") -> Path:
        model = TaskModel(small_model(small_tokenizer, family), [HEADS[name] for name in names])
        model.init_heads(3)
        with torch.no_grad():
            for parameter in model.heads.parameters():
                parameter.mul_(20.0)
        save_task_folder(
            model,
            folder,
            save_tokenizer=small_tokenizer.save,
            special_ids={"eos": small_tokenizer.eos_id, "pad": small_tokenizer.pad_id},
        )
        return folder

    return make


@pytest.fixture(scope="session")
def make_writer(small_tokenizer: Tokenizer) -> FolderMaker:
    """A function from a folder and a family to that folder, filled with a model that writes."""

    def make(folder: Path, family: str) -> Path:
        model = small_model(small_tokenizer, family)
        return save_model_folder(
            model,
            folder,
            save_tokenizer=small_tokenizer.save,
            special_ids={"eos": small_tokenizer.eos_id, "pad": small_tokenizer.pad_id},
        )[0].parent

    return make
