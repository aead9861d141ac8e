"""The limits that a corpus must keep before a model is trained on it.

Comes in: the `[gate]` section of a recipe. Goes out: a frozen model. Knows nothing of how a corpus
is measured.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config

Share = Annotated[float, Field(ge=0, le=1)]


class GateConfig(Config):
    """What the report of a corpus must say before training begins. None switches a limit off."""

    min_documents: Annotated[int, Field(ge=0)] | None = None
    """Documents kept."""

    min_bytes: Annotated[int, Field(ge=0)] | None = None
    """Bytes of UTF-8 kept."""

    min_kept_frac: Share | None = None
    """Of the documents read, the share that was kept. Crawled pages may keep one in ten and be
    good; a low share in texts that were clean before says that something went wrong."""

    min_passed_frac: Share | None = None
    """Copies apart, the share of the documents read that no rule rejected: how good the sources
    are."""

    max_unreadable_frac: Share | None = 0.5
    """The share of files and records that could not be read, of those and the documents read."""

    max_duplicate_frac: Share | None = None
    """The share of the documents read that were copies and were left out."""

    min_novelty: Share | None = None
    """The share of the phrases kept that are not repeated elsewhere in the corpus: what is left of
    duplication after everything was done against it."""

    min_diversity: Share | None = 0.05
    """The diversity score. Real corpora of one source lie above 0.4; a text repeated ten times lies
    below 0.1."""

    min_languages: Annotated[int, Field(ge=1)] | None = None
    """Languages that make up at least one per cent of the text each."""

    max_private_per_million_characters: Annotated[float, Field(ge=0)] | None = None
    """Personal data found and masked, in a million characters."""

    on_failure: Literal["refuse", "warn"] = "refuse"
    """`refuse` stops before the training; `warn` says what is wrong, trains, and has it recorded in
    the manifest."""
