"""The language a page is written in, while it is written, and how sentences follow in it.

A page may be wanted in another language than the reader's environment says. Knows the message
catalogue and nothing about pages.
"""

from __future__ import annotations

from yanmo.core.messages import language, speaking

__all__ = ["prose", "speaking"]

# What stands between two sentences.
_GAPS = {"en": " ", "zh": ""}


def prose(*sentences: str) -> str:
    """Sentences one after the other, empty ones left out; Chinese needs no space between them."""
    return _GAPS[language()].join(sentence for sentence in sentences if sentence)
