"""Rarer kinds of fields: plain unions, enumerations, pairs, free tables, fields that read text."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, Field, field_validator

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.resolve import explain_key, resolve_recipe, to_toml


class Circle(Config):
    """One shape."""

    radius: int = 1
    """How wide."""


class Box(Config):
    """Another shape."""

    width: int
    """How wide."""


class Colour(Enum):
    """Two colours."""

    RED = "red"
    BLUE = "blue"


def read_thousands(value: Any) -> Any:
    """`4k` is 4000."""
    is_short = isinstance(value, str) and value.endswith("k")
    return int(value[:-1]) * 1000 if is_short else value


class Odd(Config):
    """Fields of rarer kinds."""

    shape: Circle | Box | None = None
    """A union without a tag."""
    count: Annotated[int, BeforeValidator(read_thousands)] = 3
    """A number that reads text itself."""
    colour: Colour = Colour.RED
    """A choice."""
    circles: list[Circle] = Field(default=[Circle(radius=5)])
    """A list with a default entry."""
    pair: tuple[float, float] = (0.9, 0.95)
    """Two numbers."""
    words: str | list[str] = "a"
    """One text or several."""
    named: dict[str, Circle] = Field(default={})
    """Circles by name."""
    short: str = Field(default="ab", pattern="^[a-z]+$", max_length=3)
    """A short word."""
    anything: dict[str, Any] = Field(default={})
    """Whatever."""
    number: int | float = 1
    """No thirteen."""

    @field_validator("number")
    @classmethod
    def _no_thirteen(cls, value: float) -> float:
        if value == 13:
            raise ValueError("13 不吉利")
        return value


@pytest.mark.parametrize(
    ("word", "key", "value"),
    [
        ("shape.width=3", "shape", Box(width=3)),
        ("shape.radius=3", "shape", Circle(radius=3)),
        ("count=4k", "count", 4000),
        ("colour=blue", "colour", Colour.BLUE),
        ("circles.0.radius=7", "circles", [Circle(radius=7)]),
        ("circles.1.radius=8", "circles", [Circle(radius=5), Circle(radius=8)]),
        ("pair=[1,2]", "pair", (1.0, 2.0)),
        ("pair.0=0.5", "pair", (0.5, 0.95)),
        ('words=["a","b"]', "words", ["a", "b"]),
        ("named.圆.radius=3", "named", {"圆": Circle(radius=3)}),
        ("anything={a=[1,{b=2}]}", "anything", {"a": [1, {"b": 2}]}),
        ("number=1.5", "number", 1.5),
    ],
)
def test_a_rare_field_is_set_and_comes_back(
    tmp_path: Path, word: str, key: str, value: Any
) -> None:
    config = resolve_recipe(Odd, None, [word])
    assert getattr(config, key) == value
    path = tmp_path / "r.toml"
    path.write_text(to_toml(config), encoding="utf-8")
    assert resolve_recipe(Odd, path) == config


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("shape.width='3'", 'shape.width = "3": must be a whole number'),
        ("shape=3", 'shape = 3: must be a section or "none"'),
        ("colour=bleu", 'colour = "bleu": must be "red" or "blue", did you mean "blue"?'),
        ("colour=3", 'colour = 3: must be "red" or "blue"'),
        ("circles=[3]", "circles.0 = 3: must be a section"),
        ("circles.radius=3", "there is no 'circles.radius': 'circles' is a list of 1"),
        ("circles.2.radius=3", "there is no 'circles.2': 'circles' is a list of 1"),
        ("pair=[1,2,3]", "pair = [1, 2, 3]: must be no more entries than 2"),
        ("pair=[1]", "missing key 'pair.1'"),
        ("pair.0=a", 'pair.0 = "a": must be a number'),
        ("words=[1]", "words.0 = 1: must be text"),
        ("words=1", "words = 1: must be text or a list, each entry text"),
        ("named.a=3", "named.a = 3: must be a section"),
        ("named.a.radios=3", "unknown key 'named.a.radios', did you mean 'named.a.radius'?"),
        ("short=ABC", 'short = "ABC": must be of the pattern ^[a-z]+$'),
        ("short=abcd", 'short = "abcd": must be no longer than 3'),
        ("number=13", "number: 13 不吉利"),
    ],
)
def test_a_wrong_rare_field_is_told_once(word: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_recipe(Odd, None, [word])
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_rare_field_is_explained() -> None:
    assert explain_key(Odd, "colour").startswith('colour: "red" or "blue"; default "red"')
    assert explain_key(Odd, "short").startswith(
        'short: text, no longer than 3, of the pattern ^[a-z]+$; default "ab"'
    )
    assert "named.NAME.radius: a whole number; default 1" in explain_key(Odd, "named")
