"""The settings of the comparisons that find duplicates.

Comes in: the `[corpus.duplicates]` table of a recipe. Goes out: frozen models. Knows nothing of how
duplicates are found.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config

Keep = Literal["first", "longest", "oldest", "preferred_source"]
"""Which of several copies stays."""


class ExactConfig(Config):
    """Documents whose normalised texts are equal; white space never counts."""

    ignore_case: bool = False
    """Capital and small letters are the same."""

    ignore_width: bool = False
    """Full-width and half-width forms are the same."""

    ignore_punctuation: bool = False
    """Only letters, digits and symbols count; punctuation and all white space are passed over."""


class NearConfig(Config):
    """Documents that share most of their shingles, found by MinHash and bands.

    Two documents whose shingle sets have the Jaccard similarity J are found with probability
    `1 - (1 - J**num_rows)**num_bands`.
    """

    num_words: Annotated[int, Field(ge=1, le=32)] = 5
    """Words in a shingle that begins with a word."""

    num_characters: Annotated[int, Field(ge=1, le=32)] = 5
    """Tokens in a shingle that begins with a character of a script written without spaces, such as
    Han, where each character is a token."""

    num_bands: Annotated[int, Field(ge=1, le=256)] = 14
    """Bands; more find pairs that are less similar."""

    num_rows: Annotated[int, Field(ge=1, le=64)] = 8
    """Hashes in a band; more make fewer pairs match by chance."""


class LinesConfig(Config):
    """Lines or paragraphs that many documents share: navigation, advertisements, licences."""

    unit: Literal["line", "paragraph"] = "line"
    """What is compared and cut out: single lines, or what stands between blank lines."""

    max_documents: Annotated[int, Field(ge=1)] = 10
    """A line found in more documents than this is cut out of all of them."""

    max_documents_frac: Annotated[float, Field(ge=0, le=1)] | None = 0.0001
    """A line stays as well while no larger share of the documents holds it. None: only the number
    counts."""

    min_columns: Annotated[int, Field(ge=0)] = 8
    """Narrower lines always stay; a letter takes one column, a Chinese character two."""

    cut_code: bool = False
    """Also cut lines between code fences and lines indented by a tab or four spaces."""


class SubstringsConfig(Config):
    """Passages that occur more than once, found with a suffix array."""

    min_bytes: Annotated[int, Field(ge=16)] = 200
    """Passages shorter than this many bytes of UTF-8 are left alone."""

    block_bytes: Annotated[int, Field(ge=1 << 16, le=2_000_000_000)] = 64_000_000
    """Text is compared in blocks of this many bytes, in the order of the corpus; a passage is found
    again only inside its block. Takes about eleven bytes of memory for each."""


class DuplicatesConfig(Config):
    """What is looked for twice, and which copy stays. None switches a comparison off."""

    keep: Keep = "first"
    """Which copy stays: the first one of the corpus, the longest, the oldest (by its date; those
    without a date come last), or the one from the source that the recipe names first. The longer
    one decides a tie, then the earlier one."""

    exact: ExactConfig | None = Field(default_factory=ExactConfig)
    """Whole documents that are equal."""

    near: NearConfig | None = None
    """Whole documents that are nearly equal."""

    lines: LinesConfig | None = None
    """Lines or paragraphs that many documents share."""

    substrings: SubstringsConfig | None = None
    """Passages that occur more than once."""
