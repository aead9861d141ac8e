"""A small recipe class with every kind of field that the project's own recipes have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from yanmo.core.config import Config


class Adamw(Config):
    """The usual optimiser."""

    name: Literal["adamw"] = "adamw"
    """Which optimiser."""
    lr: float = Field(default=3e-4, gt=0)
    """Peak learning rate. Reached after the warm-up."""
    beta_first: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the mean."""


class Muon(Config):
    """The orthogonalising optimiser."""

    name: Literal["muon"] = "muon"
    """Which optimiser."""
    lr: float = Field(default=0.02, gt=0)
    """Peak learning rate."""
    momentum: float = Field(default=0.95, ge=0, lt=1)
    """Decay of the mean."""


class TextFiles(Config):
    """Plain text files."""

    kind: Literal["text"] = "text"
    """The kind of source."""
    paths: list[str] = Field(min_length=1)
    """Files and folders."""
    encoding: str = "utf-8"
    """How bytes become text."""


class JsonLines(Config):
    """JSON lines files."""

    kind: Literal["jsonl"] = "jsonl"
    """The kind of source."""
    paths: list[str] = Field(min_length=1)
    """Files and folders."""
    text_key: str = "text"
    """The key that holds the text."""


Source = Annotated[TextFiles | JsonLines, Field(discriminator="kind")]


class Corpus(Config):
    """Raw text in, documents out."""

    sources: list[Source] = Field(default=[])
    """What to read."""
    min_words: int | None = Field(default=50, ge=0)
    """Fewest words of a document that is kept; none keeps all."""
    mixture: dict[str, float] = Field(default={})
    """Weight of each source."""


class Model(Config):
    """The shape of the network."""

    depth: int = Field(default=4, ge=1, le=128)
    """Number of layers."""
    d_model: int | None = None
    """Width; follows from the depth where it is not set."""
    norm: Literal["rmsnorm", "layernorm"] = "rmsnorm"
    """Kind of normalisation."""
    tie_embeddings: bool = True
    """Whether input and output share their table. Saves memory in small models."""

    @model_validator(mode="after")
    def _width_divides(self) -> Model:
        if self.d_model is not None and self.d_model % 8:
            raise ValueError(f"d_model {self.d_model} is not a multiple of 8")
        return self


class Pretrain(Config):
    """How the model learns."""

    learning_rate: float = Field(default=1e-3, gt=0, le=10)
    """Peak learning rate."""
    steps: int = Field(default=100, ge=1)
    """Number of optimiser steps."""
    optimizer: Annotated[Adamw | Muon, Field(discriminator="name")] = Muon(momentum=0.8)
    """Which optimiser, and its settings."""
    prompts: list[str] = Field(default=["Once"])
    """Texts to continue while training."""
    max_loss: float = Field(default=float("inf"), allow_inf_nan=True)
    """Stop above this loss."""
    devices: int | list[int] = 1
    """How many devices, or which."""


class Recipe(Config):
    """A whole run."""

    name: str = "run"
    """The name of the run."""
    out: Path = Path("runs")
    """Where runs are kept."""
    note: str | None = "a note"
    """Words for yourself."""
    corpus: Corpus = Corpus()
    """The corpus stage."""
    model: Model = Model()
    """The model."""
    pretrain: Pretrain = Pretrain(steps=200)
    """The pre-training stage."""
