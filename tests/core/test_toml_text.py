"""A configuration written as TOML reads back as an equal object, with its documentation in it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.resolve import resolve_recipe, to_toml
from yanmo.core.toml_text import first_sentence, format_key, format_value

from .sample_recipe import (
    Adamw,
    Corpus,
    JsonLines,
    Model,
    Muon,
    Pretrain,
    Recipe,
    TextFiles,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(
    lambda text: text != "none"
)
fractions = st.floats(min_value=0, max_value=1, exclude_max=True)
rates = st.floats(min_value=0, max_value=10, exclude_min=True)
paths = st.lists(texts, min_size=1, max_size=30)
optimizers = st.one_of(
    st.just(Muon(momentum=0.8)),
    st.just(Muon()),
    st.just(Adamw()),
    st.builds(Muon, lr=rates, momentum=fractions),
    st.builds(Adamw, lr=rates, beta_first=fractions),
)
sources = st.one_of(
    st.builds(TextFiles, paths=paths, encoding=texts),
    st.builds(JsonLines, paths=paths, text_key=texts),
)
recipes = st.builds(
    Recipe,
    name=texts,
    out=texts.filter(lambda text: "\0" not in text).map(Path),
    note=st.none() | texts,
    corpus=st.builds(
        Corpus,
        sources=st.lists(sources, max_size=3),
        min_words=st.none() | st.integers(min_value=0),
        mixture=st.dictionaries(
            texts, st.floats(allow_nan=False, allow_infinity=False), max_size=3
        ),
    ),
    model=st.builds(
        Model,
        depth=st.integers(1, 128),
        d_model=st.none() | st.integers(1, 100).map(lambda n: 8 * n),
        norm=st.sampled_from(["rmsnorm", "layernorm"]),
        tie_embeddings=st.booleans(),
    ),
    pretrain=st.builds(
        Pretrain,
        learning_rate=rates,
        steps=st.integers(min_value=1),
        optimizer=optimizers,
        prompts=st.lists(texts, max_size=3),
        max_loss=st.floats(allow_nan=False),
        devices=st.integers() | st.lists(st.integers(), max_size=3),
    ),
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(recipe=recipes)
def test_a_written_recipe_resolves_to_an_equal_one(tmp_path: Path, recipe: Recipe) -> None:
    path = tmp_path / "r.toml"
    path.write_text(to_toml(recipe), encoding="utf-8", newline="")
    again = resolve_recipe(Recipe, path)
    assert again == recipe
    assert to_toml(again) == to_toml(recipe)


def test_each_key_carries_the_first_sentence_of_its_documentation() -> None:
    text = to_toml(Recipe())
    assert "# Whether input and output share their table.\ntie_embeddings = true\n" in text
    assert "Saves memory" not in text
    assert "# The model.\n[model]\n# Number of layers.\ndepth = 4\n" in text
    assert "\n# d_model = (not set)\n" in text
    assert max(map(len, text.split("\n"))) <= 100


def test_none_is_a_comment_only_where_leaving_out_means_none() -> None:
    text = to_toml(Recipe(note=None, corpus=Corpus(min_words=None)))
    assert 'note = "none"' in text
    assert 'min_words = "none"' in text


def test_the_text_does_not_depend_on_the_language(speak: Callable[[str], None]) -> None:
    english = to_toml(Recipe())
    speak("zh")
    assert to_toml(Recipe()) == english


class Tree(Config):
    """A recursive table, and fields that only Python code would make."""

    word: Literal["none", "some"] | None = "some"
    """A choice that is called none."""
    pair: tuple[int, str] = (1, "a")
    """Two things."""
    names: frozenset[str] = frozenset()
    """A set."""
    children: list[Tree] = Field(default=[])
    """Trees inside."""
    by_name: dict[str, Tree] = Field(default={})
    """Trees by name."""
    required: int | None
    """Has no default."""


def test_nested_tables_sets_and_pairs_come_back(tmp_path: Path) -> None:
    leaf = Tree(word="none", pair=(2, "b"), names=frozenset({"x", "y"}), required=None)
    tree = Tree(
        word=None,
        required=1,
        children=[Tree(required=2, children=[leaf, leaf]), leaf],
        by_name={"名 字": leaf, "b": Tree(required=None, by_name={"c": leaf})},
    )
    path = tmp_path / "r.toml"
    with pytest.raises(ConfigError, match="cannot be stored for 'word'"):
        to_toml(tree)
    tree = tree.model_copy(update={"word": "some"})
    path.write_text(to_toml(tree), encoding="utf-8")
    assert resolve_recipe(Tree, path) == tree


def test_the_word_none_is_refused_where_it_would_mean_none() -> None:
    with pytest.raises(ConfigError, match="cannot be stored for 'note'"):
        to_toml(Recipe(note="none"))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ConfigError, match="Unicode"):
        to_toml(Recipe(name="\udcff"))


@given(texts | st.integers() | st.booleans() | st.floats(allow_nan=False) | st.lists(texts))
def test_values_are_valid_toml(value: Any) -> None:
    assert tomllib.loads(f"a = {format_value(value)}") == {"a": value}


@given(texts)
def test_keys_are_valid_toml(key: str) -> None:
    assert tomllib.loads(f"{format_key(key)} = 1") == {key: 1}


@pytest.mark.parametrize(
    ("documentation", "sentence"),
    [
        ("One. Two.", "One."),
        ("One\n  line. Two.", "One line."),
        ("About 0.5 of it. More", "About 0.5 of it."),
        ("第一句。第二句。", "第一句。"),
        ("No stop\n\nNext", "No stop"),
        (None, ""),
    ],
)
def test_the_first_sentence(documentation: str | None, sentence: str) -> None:
    assert first_sentence(documentation) == sentence
