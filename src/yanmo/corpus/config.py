"""The settings of the corpus stage: which sources are read, and what is kept of them.

Comes in: the `[corpus]` section of a recipe. Goes out: frozen models. Knows nothing of how the
sources are read.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource, PythonDocsSource

Source = Annotated[PythonDocsSource | FilesSource, Field(discriminator="kind")]


def _default_sources() -> list[PythonDocsSource | FilesSource]:
    return [PythonDocsSource()]


class CorpusConfig(Config):
    """Everything that decides which documents a corpus holds."""

    sources: Annotated[list[Source], Field(min_length=1)] = Field(default_factory=_default_sources)
    """What is read, in this order."""

    min_characters: Annotated[int, Field(ge=0)] | None = 1
    """Documents with fewer characters are rejected; the default rejects empty ones. None turns
    the rule off."""

    validation_frac: Annotated[float, Field(gt=0, lt=1)] = 0.02
    """The share of documents held out to watch training."""

    test_frac: Annotated[float, Field(gt=0, lt=1)] = 0.02
    """The share of documents held out to measure the finished model."""

    shard_bytes: Annotated[int, Field(gt=0)] = 256_000_000
    """A new Parquet file is begun when the current one holds this many bytes of text."""

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> CorpusConfig:
        if self.validation_frac + self.test_frac >= 1:
            raise ValueError(t("validation_frac and test_frac together must be less than 1"))
        return self
