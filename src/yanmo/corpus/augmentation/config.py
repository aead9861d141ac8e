"""The settings of augmentation.

Comes in: a table of a recipe. Goes out: a frozen model. Knows nothing of how text is changed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config

Operator = Literal[
    "typing_noise",
    "swap_characters",
    "homoglyphs",
    "similar_characters",
    "delete_characters",
    "delete_words",
    "swap_words",
]
"""What can be done to a text; see `operators.augment`."""


_DEFAULT_OPERATORS: list[Operator] = ["delete_words", "swap_words"]


class AugmentationConfig(Config):
    """How changed copies of training examples are made."""

    operators: Annotated[list[Operator], Field(min_length=1)] = Field(
        default_factory=lambda: _DEFAULT_OPERATORS.copy()
    )
    """What is done; each copy of a text takes the next of them."""

    strength: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The expected share of words (or characters) that is changed; 0 changes nothing."""

    num_copies: Annotated[int, Field(ge=1)] = 1
    """How many changed copies are made of each text, beside the text itself."""
