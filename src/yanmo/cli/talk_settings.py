"""Settings of a conversation, given as options or while it goes on."""

from __future__ import annotations

from typing import Any

SETTINGS = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "max_new_tokens",
)
"""What `/NAME VALUE` changes."""


def value_of(text: str) -> Any:
    """What a person has typed as the value of a setting: a number, nothing (`none`), or a text."""
    if text == "none":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
