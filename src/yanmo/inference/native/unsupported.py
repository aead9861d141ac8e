"""The answer of what cannot be done in C: why, in the user's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsupported:
    """Decoding in C is not to be had here; torch decodes instead.

    Attributes:
        reason: why, a sentence in the user's language.
    """

    reason: str
