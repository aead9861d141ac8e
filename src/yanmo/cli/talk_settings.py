"""Settings of a conversation, given as options or while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.recipe_problems import problems_of

C = TypeVar("C", bound=Config)

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


def checked(kind: type[C], values: Mapping[str, Any]) -> C:
    """The configuration of `values`; all that is wrong with them is told at once.

    Raises:
        ConfigError: something is.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        problems = problems_of(error, kind, dict(values))
        raise ConfigError("\n".join(problem.message for problem in problems)) from error


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
