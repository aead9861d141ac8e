"""Keys can be listed, explained and described to an editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import pytest
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.resolve import explain_key, field_paths, json_schema

from .sample_recipe import Recipe


def test_every_key_is_listed_once_through_unions_and_lists() -> None:
    assert field_paths(Recipe) == [
        "name",
        "out",
        "note",
        "corpus.sources",
        "corpus.sources.0.kind",
        "corpus.sources.0.paths",
        "corpus.sources.0.encoding",
        "corpus.sources.0.text_key",
        "corpus.min_words",
        "corpus.mixture",
        "model.depth",
        "model.d_model",
        "model.norm",
        "model.tie_embeddings",
        "pretrain.learning_rate",
        "pretrain.steps",
        "pretrain.optimizer.name",
        "pretrain.optimizer.lr",
        "pretrain.optimizer.beta_first",
        "pretrain.optimizer.momentum",
        "pretrain.prompts",
        "pretrain.max_loss",
        "pretrain.devices",
    ]


def test_a_key_is_explained_with_type_bounds_and_default() -> None:
    assert explain_key(Recipe, "model.depth") == (
        "model.depth: a whole number, at least 1, at most 128; default 4\n    Number of layers."
    )
    assert explain_key(Recipe, "model.d_model").startswith(
        'model.d_model: a whole number or "none"; default not set\n'
    )


def test_a_default_is_the_one_that_takes_effect() -> None:
    assert "default 200" in explain_key(Recipe, "pretrain.steps")
    assert 'default "muon"' in explain_key(Recipe, "pretrain.optimizer.name")
    assert "default 0.8; only with name" in explain_key(Recipe, "pretrain.optimizer.momentum")


def test_a_section_is_explained_key_by_key() -> None:
    text = explain_key(Recipe, "pretrain.optimizer")
    assert text.count("pretrain.optimizer.name:") == 1
    assert text.count("pretrain.optimizer.lr:") == 2
    assert 'only with name = "adamw"' in text
    assert explain_key(Recipe, "corpus.sources.paths") == explain_key(
        Recipe, "corpus.sources.3.paths"
    )
    assert "required" in explain_key(Recipe, "corpus.sources.paths")
    assert all(f"{path}:" in explain_key(Recipe) for path in field_paths(Recipe))


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("pretrain.learning_rat", "pretrain.learning_rate"),
        ("learning_rate", "pretrain.learning_rate"),
        ("modle.depth", "model.depth"),
        ("modle", "model"),
    ],
)
def test_an_unknown_key_suggests_the_nearest(key: str, suggestion: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean '{suggestion}'"):
        explain_key(Recipe, key)


def test_a_key_like_nothing_is_told_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'zzzz'; there are: name, out, "):
        explain_key(Recipe, "zzzz")


def test_an_explanation_in_chinese(speak: Callable[[str], None]) -> None:
    speak("zh")
    assert explain_key(Recipe, "model.depth").startswith(
        "model.depth: 整数，不小于 1，不大于 128；默认 4\n"
    )


def test_the_schema_tells_documentation_and_refuses_unknown_keys() -> None:
    schema = json_schema(Recipe)
    model = schema["$defs"]["Model"]
    assert schema["additionalProperties"] is False
    assert model["properties"]["depth"]["description"] == "Number of layers."
    assert model["properties"]["depth"]["maximum"] == 128
    assert schema["$schema"].startswith("https://json-schema.org/")


class Tree(Config):
    """A class that contains itself."""

    children: list[Tree] = Field(default=[])
    """Trees inside."""
    size: int = 0
    """How big."""


def test_a_class_that_contains_itself_is_listed_once() -> None:
    assert field_paths(Tree) == ["children", "size"]


def test_a_kind_of_section_is_explained_alone() -> None:
    text = explain_key(Recipe, "pretrain.optimizer.adamw")
    assert text.startswith('pretrain.optimizer.name: "adamw"; default "muon"')
    assert text.count("pretrain.optimizer.lr:") == 1 and "only with" not in text
    assert "momentum" not in text
    last = explain_key(Recipe, "pretrain.optimizer.muon")
    assert "momentum" in last and "pretrain.prompts" not in last
    with pytest.raises(ConfigError, match=r"did you mean 'pretrain\.optimizer\.adamw'\?"):
        explain_key(Recipe, "pretrain.optimizer.adamv")


class Dog(Config):
    """A dog."""

    kind: Literal["dog"]
    """What it is."""
    cat: str = "none"
    """The cat that it chases."""


class Cat(Config):
    """A cat."""

    kind: Literal["cat"]
    """What it is."""
    name: str = "Tom"
    """Its name."""


class House(Config):
    """Where they live."""

    pets: list[Annotated[Dog | Cat, Field(discriminator="kind")]] = Field(default=[])
    """Who lives there."""


def test_a_key_that_is_called_like_a_kind_is_asked_for_with_its_entry() -> None:
    assert "Its name." in explain_key(House, "pets.cat")
    text = explain_key(House, "pets.0.cat")
    assert "chases" in text and "Its name." not in text
