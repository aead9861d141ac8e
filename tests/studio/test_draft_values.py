"""The values of a form: as a recipe file, and as words of a command."""

from __future__ import annotations

import tomllib

import pytest

from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe, shipped_recipes
from yanmo.studio.draft import check_draft, command_for, values_of_shipped
from yanmo.studio.draft_values import changed_values, to_overrides, to_recipe_text


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_a_recipe_taken_into_the_form_is_the_same_recipe(name: str) -> None:
    recipe = load_recipe(name)
    assert check_draft(values_of_shipped(name)).recipe == recipe
    assert check_draft(changed_values(recipe)).recipe == recipe


def test_defaults_are_not_said() -> None:
    assert changed_values(Recipe()) == {}


def test_text_reads_back_as_the_values() -> None:
    values = {
        "name": 'a "name"\nof two lines',
        "list": [1, 2.5, "x"],
        "table": {"inner": {"deep": {"x": True}}, "y": 1},
        "tables": [{"kind": "a", "sub": {"z": 1}}, {}],
        "odd key": {"汉字": "值"},
        "empty": {},
    }
    assert tomllib.loads(to_recipe_text(values)) == values


def test_the_command_says_what_differs_from_the_shipped_recipe() -> None:
    values = values_of_shipped("python_docs")
    values["pretrain"]["steps"] = 70
    values["name"] = "mine"
    values["pretrain"]["optimizer"] = {"name": "adamw"}
    command = command_for(values, check_draft(values), "python_docs")
    assert command == (
        "yanmo run python_docs name=mine pretrain.steps=70 'pretrain.optimizer={name = \"adamw\"}'"
    )


def test_a_section_that_is_gone_needs_the_file() -> None:
    values = values_of_shipped("python_docs")
    del values["tokenizer"]
    assert to_overrides(values, values_of_shipped("python_docs")) is None
    command = command_for(values, check_draft(values), "python_docs")
    assert command == "yanmo run python_docs.toml"


def test_words_that_toml_would_read_otherwise_stay_in_quotes() -> None:
    words = to_overrides({"a": {"x": "true", "y": "plain", "z": "1e5", "w": "two words"}}, {})
    assert words == ['a.x="true"', "a.y=plain", 'a.z="1e5"', 'a.w="two words"']
