"""The settings of folding.

Comes in: a table of a recipe. Goes out: a frozen model. Knows nothing of how text is folded.
"""

from __future__ import annotations

from typing import Literal

from yanmo.core.config import Config


class FoldingConfig(Config):
    """Which spellings of Chinese become one. As it stands, nothing is changed."""

    width: Literal["keep", "letters"] = "keep"
    """`letters` writes full-width letters, digits and ASCII symbols half-width and half-width kana
    full-width. Chinese punctuation and the ideographic space stay as they are."""

    variants: bool = False
    """Replace variant characters by the form in common use, such as 峯 by 峰."""

    characters: Literal["keep", "simplified", "traditional"] = "keep"
    """`simplified` writes traditional characters as simplified ones, `traditional` the other way
    round; phrases decide where a character has several counterparts."""

    @property
    def changes_nothing(self) -> bool:
        """Whether every kind of folding is off."""
        return self.width == "keep" and not self.variants and self.characters == "keep"
