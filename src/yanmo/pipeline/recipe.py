"""The recipe: one file that describes a whole life, each section read by its stage."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from yanmo.core.config import Config
from yanmo.corpus.config import CorpusConfig
from yanmo.evaluation.config import EvaluateConfig
from yanmo.models.config import ModelConfig
from yanmo.tokens.config import TokenizerConfig, TokensConfig
from yanmo.training.config import PretrainConfig


class Recipe(Config):
    """Raw text to a measured language model. Every section may be left out: it has defaults."""

    name: str = Field(default="run", pattern=r"^[^/\\]+$")
    """Name of the run; its folder is `runs/NAME` unless `--out` says otherwise."""
    corpus: CorpusConfig = CorpusConfig()
    """Raw sources to clean documents."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """The vocabulary, learned from the corpus."""
    tokens: TokensConfig = TokensConfig()
    """Documents to token shards."""
    model: ModelConfig = ModelConfig()
    """The shape of the model."""
    pretrain: PretrainConfig = PretrainConfig()
    """Training from scratch."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """Measuring on documents that training never saw."""


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with yanmo, by name."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "recipes", package.parent.parent / "recipes"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {}
