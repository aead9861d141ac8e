"""The settings of decontamination.

Comes in: the `[corpus.decontamination]` section of a recipe. Goes out: frozen models. Knows nothing
of how test items are read or found.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

_MAX_NGRAM = 120


class EvaluationSet(Config):
    """A test set whose items must not be in the corpus."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[\w.-]+$")]
    """What the report calls it."""

    paths: Annotated[list[str], Field(min_length=1)]
    """Files, or folders with nothing else in them: .json (SQuAD's form too), .jsonl, .csv, .tsv,
    .parquet; any other file is read line by line. Each also packed as .gz, .bz2, .xz or .zst."""

    text_fields: list[str] | None = None
    """The fields of a record that hold its text. None takes every string in it. Required for the
    columns of a table to be told apart; without it the first row counts as an item too."""

    encoding: str | None = None
    """How the bytes are to be read, such as "gb18030". None detects it."""


class DecontaminationConfig(Config):
    """Which test sets are kept out, and what counts as finding an item of them."""

    sets: list[EvaluationSet] = Field(default_factory=list)
    """The test sets. A document that shares a passage with one of them is rejected."""

    ngram_words: Annotated[int, Field(ge=3, le=_MAX_NGRAM)] = 13
    """So many words in a row, case, width and punctuation aside, are a passage (Brown et al. 2020
    took 13, datatrove takes 12)."""

    ngram_characters: Annotated[int, Field(ge=6, le=_MAX_NGRAM)] = 20
    """As `ngram_words`, in characters, where most of the text is Chinese, Japanese or another
    script without spaces."""

    min_words: Annotated[int, Field(ge=3, le=_MAX_NGRAM)] = 8
    """An item shorter than `ngram_words` is looked for as a whole, down to this many words; a
    shorter one cannot be checked and is counted as such."""

    min_characters: Annotated[int, Field(ge=6, le=_MAX_NGRAM)] = 14
    """As `min_words`, in characters."""

    max_items_per_ngram: Annotated[int, Field(ge=1)] | None = 10
    """A passage that stands in more items of a set than this belongs to its form, not to an item,
    and is not looked for. None looks for all."""

    max_shared_ngrams: Annotated[int, Field(ge=0)] = 0
    """Documents stay that share up to so many passages with the test sets."""

    @field_validator("sets")
    @classmethod
    def _names_differ(cls, sets: list[EvaluationSet]) -> list[EvaluationSet]:
        names = [each.name for each in sets]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(t("two test sets have the name {name}", name=twice[0]))
        return sets

    @model_validator(mode="after")
    def _lengths_fit(self) -> DecontaminationConfig:
        for least, most in (("min_words", "ngram_words"), ("min_characters", "ngram_characters")):
            if getattr(self, least) > getattr(self, most):
                raise ValueError(t("{least} must not exceed {most}", least=least, most=most))
        return self
