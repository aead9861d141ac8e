"""The settings of language identification.

Comes in: a table of a recipe. Goes out: a frozen model. Knows nothing of how languages are told
apart.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yanmo.core.config import Config

LanguageCode = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
"""An ISO 639-1 code such as `zh`, or ISO 639-3 where there is none."""


SEVERAL_LANGUAGES = "mul"
"""The language of a document that holds several (ISO 639-2); `languages` in its metadata lists
them, and `keep` must hold all."""


class LanguageConfig(Config):
    """How the language of a document is found, and which languages are kept."""

    identify: bool = True
    """Find the language of documents whose source does not say it. What a source says is kept."""

    keep: Annotated[list[LanguageCode], Field(min_length=1)] | None = None
    """The languages that are kept, such as ["en", "zh"]; of a document in several languages, such
    as a pair of translations, all must be listed. None keeps all."""

    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = 0.65
    """Where `keep` is set: the least confidence, from 0 to 1, with which the language was found.
    What a source says about the language is believed. None turns this part of the rule off."""

    max_characters: Annotated[int, Field(gt=0)] = 1_000
    """How many characters from the beginning of a document are looked at."""
