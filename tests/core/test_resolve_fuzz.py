"""Whatever is written in a recipe or on the command line: a recipe, or one error for its author."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from yanmo.core.errors import ConfigError
from yanmo.core.resolve import field_paths, resolve_recipe, to_toml
from yanmo.core.toml_text import format_value

from .sample_recipe import Recipe

keys = st.sampled_from(field_paths(Recipe)) | st.text(max_size=6)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(min_value=10**400),
        st.floats(),
        st.text(max_size=6),
        st.sampled_from(["none", "muon", "adamw", "text", "jsonl", "\ud800"]),
        st.dates(),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "kind", "paths", "lr", "depth", "sources", "optimizer"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.lists(st.tuples(keys, values), max_size=4))
def test_any_values_give_a_recipe_or_a_config_error(pairs: list[tuple[str, Any]]) -> None:
    words = []
    for key, value in pairs:
        try:
            words.append(f"{key}={format_value(value)}")
        except ConfigError:  # not valid Unicode
            words.append(f"{key}={value}")
    try:
        recipe = resolve_recipe(Recipe, None, words)
    except ConfigError as error:
        assert str(error)
        return
    assert isinstance(recipe, Recipe)


@settings(max_examples=200)
@given(st.lists(st.text(max_size=30), max_size=3))
@example(["name.0.1=3"])
@example(["corpus.sources.0=3", "corpus.sources.0.kind=3"])
@example(["corpus.sources.=3"])
def test_any_words_give_a_recipe_or_a_config_error(words: list[str]) -> None:
    try:
        resolve_recipe(Recipe, None, words)
    except ConfigError as error:
        assert str(error)


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    text=st.lists(
        st.sampled_from(
            ["[model]\n", "[[corpus.sources]]\n", "[pretrain.optimizer]\n", 'name = "muon"\n',
             'kind = "text"\n', "depth = ", "paths = ", "3\n", '["a"]\n', '"x"\n', "lr = 0.1\n",
             "[corpus]\n", "sources = [", "{kind='jsonl'}", "]\n", "nan\n", "mixture = {", "}\n",
             "model = 3\n", "note = 'none'\n"]
        ),
        max_size=8,
    ).map("".join)
)  # fmt: skip
def test_any_recipe_file_gives_a_recipe_or_a_config_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    try:
        recipe = resolve_recipe(Recipe, path)
    except ConfigError as error:
        assert str(error).startswith(str(path))
        return
    path.write_text(to_toml(recipe))
    assert resolve_recipe(Recipe, path) == recipe
