"""Tokens of a made-up vocabulary: text below 150, special ids above, and documents of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.special import SpecialIds
from yanmo.tokens.token_split import TokenSplit
from yanmo.training.objectives.objective import NumpyBatch, RowSource

NUM_TEXT_IDS = 150
EOT, PAD, MASK, SEP, FIM_PREFIX, FIM_MIDDLE, FIM_SUFFIX, SOP, EOP = range(150, 159)
SENTINELS = tuple(range(161, 200))
VOCAB_SIZE = 200
SPECIAL = SpecialIds(
    VOCAB_SIZE,
    EOT,
    PAD,
    MASK,
    SEP,
    FIM_PREFIX,
    FIM_MIDDLE,
    FIM_SUFFIX,
    SOP,
    EOP,
    SENTINELS,
    frozenset(range(NUM_TEXT_IDS, VOCAB_SIZE)),
)


def write_split(
    directory: Path, documents: Iterable[Sequence[int]], split: str = "train"
) -> TokenSplit:
    """A split of the given texts, each stored behind an end-of-text token."""
    directory.mkdir(parents=True, exist_ok=True)
    writer = ShardWriter(directory, split, VOCAB_SIZE, 1000)
    for text in documents:
        counts = np.array([1 + len(text)])
        writer.add(np.array([EOT, *text], dtype=np.uint32), counts, 3 * counts)
    writer.close()
    return TokenSplit(directory, split, VOCAB_SIZE)


def random_documents(num_documents: int, longest: int, seed: int = 0) -> list[list[int]]:
    """Texts of 1 to `longest` random tokens."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, longest + 1, num_documents)
    return [generator.integers(0, NUM_TEXT_IDS, length).tolist() for length in lengths]


def source(max_seq_len: int) -> RowSource:
    """What an objective makes its rows from."""
    return RowSource(SPECIAL, max_seq_len)


def generators(count: int, seed: int = 0) -> list[np.random.Generator]:
    """One for each row."""
    return [np.random.default_rng([seed, row]) for row in range(count)]


def build_tiny(
    family: str, max_seq_len: int, dropout: float = 0.0, **fields: object
) -> LanguageModel:
    """A model of two narrow layers over the made-up vocabulary; `fields` go into its shape."""
    section = ModelConfig.model_validate(
        {
            "family": family,
            "depth": 2,
            "d_model": 32,
            "num_heads": 4,
            "max_seq_len": max_seq_len,
            "dropout": dropout,
        }
    )
    shape = derive_model(section, VOCAB_SIZE, {"eos": EOT, "pad": PAD}).config
    shape = shape.model_copy(update=fields)
    return build_model(shape, torch.device("cpu"), 0)


def to_tensors(batch: NumpyBatch) -> dict[str, torch.Tensor]:
    """The arrays of a batch as tensors."""
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def is_within(found: float, expected: float, num_draws: int, sigmas: float = 4.0) -> bool:
    """Whether a share of `num_draws` draws is that of a probability, up to chance."""
    return abs(found - expected) < sigmas * (expected * (1 - expected) / num_draws) ** 0.5
