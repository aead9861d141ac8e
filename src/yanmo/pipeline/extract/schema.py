"""The schema of an extraction: which fields, and how each is found.

In: a TOML or JSON file. Out: a checked `Schema`, or an error that names the field. Knows no model.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.recipe_problems import problems_of

SOURCES = ("entity", "question", "pattern", "class_of")


class FieldConfig(Config):
    """One field. Exactly one of `entity`, `question`, `pattern` and `class_of` says how its value
    is found."""

    entity: str | None = Field(default=None, min_length=1)
    """Type of an entity that a tagging head marks, such as `ORG`."""
    question: str | None = Field(default=None, min_length=1)
    """What a head that finds answers is asked of the text."""
    pattern: str | None = Field(default=None, min_length=1)
    """A regular expression; the value is its group `value`, or its first group, or all of it."""
    class_of: str | None = Field(default=None, min_length=1)
    """Name of a head that classifies; the value is the class of the text."""
    type: Literal["text", "list", "number", "date"] = "text"
    """`text` is the surest find, `list` all of them in their order; `number` and `date` are read,
    and written as numbers and as YYYY-MM-DD, YYYY-MM or YYYY."""
    head: str | None = None
    """Head of a model with several that could do it; for `entity` and `question`."""
    model: str | None = None
    """Folder of another model than that of the command, for this field alone."""
    min_score: float = Field(default=0.0, ge=0.0, le=1.0)
    """The least probability of a find."""

    @property
    def source(self) -> str:
        """Which of `SOURCES` is given."""
        return next(name for name in SOURCES if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                t(
                    "a field is found by exactly one of {names}; given: {given}",
                    names=listed(SOURCES),
                    given=listed(given) or "-",
                )
            )
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(
                    t("this is no regular expression: {why}", why=str(error))
                ) from error
        unread = {"head": ("entity", "question"), "model": ("entity", "question", "class_of")}
        unread |= {"min_score": ("entity", "question", "class_of")}
        for name, readers in unread.items():
            is_set = getattr(self, name) != type(self).model_fields[name].default
            if is_set and given[0] not in readers:
                raise ValueError(
                    t(
                        "{name} has no effect on a field that is found by {source}",
                        name=name,
                        source=given[0],
                    )
                )
        if self.class_of is not None and self.type == "list":
            raise ValueError(t("a text has one class: a list of them has no effect"))
        return self


class Schema(Config):
    """What is extracted."""

    fields: dict[str, FieldConfig] = Field(min_length=1)
    """Fields by name."""


def read_schema(path: Path) -> Schema:
    """The schema in a file.

    Raises:
        ConfigError: it is missing, is no TOML or JSON, or a field is wrong: names the field.
    """
    values = _values_of(path)
    try:
        return Schema.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, Schema, values)
        raise ConfigError(
            "\n".join(problem.message for problem in problems), where=str(path)
        ) from error


def _values_of(path: Path) -> dict[str, Any]:
    if path.suffix.lower() not in (".toml", ".json"):
        raise ConfigError(
            t("a schema is a .toml or a .json file"), where=str(path), hint=t("Rename it.")
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except FileNotFoundError:
        raise ConfigError(t("this file does not exist"), where=str(path)) from None
    except OSError as error:
        raise ConfigError(
            t("the file cannot be read"), where=str(path), why=error.strerror
        ) from None
    except ValueError as error:  # of TOML, of JSON, and of UTF-8
        raise ConfigError(t("the schema cannot be read"), where=str(path), why=str(error)) from None
    if not isinstance(values, dict):
        raise ConfigError(
            t("a schema is a table with the key fields"), where=str(path), hint="[fields.NAME]"
        )
    return values
