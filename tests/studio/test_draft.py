"""The form and the command line say the same of every value."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import ConfigError
from yanmo.core.field_types import type_at, words_of
from yanmo.core.reference import field_paths
from yanmo.core.toml_text import format_value
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe
from yanmo.studio.draft import check_draft

PLAIN = [path for path in field_paths(Recipe) if "NAME" not in path and ".0." not in path]
"""Keys of the recipe that need no entry of a list or a table of names around them."""

MOST_KEYS = 40
"""Of a section, as many are tried, evenly spread."""

BESIDE = {"corpus": {"rules": {"preset": "bilingual"}}}
"""Values of a section beside which more of its keys mean something: thresholds of rules that are
off are refused."""


def candidates(path: str) -> list[Any]:
    """Values that a key may take, most likely, and some that it may not."""
    found = type_at(Recipe, tuple(path.split(".")), {})
    words = [word for member in (found.members if found else ()) for word in words_of(member)]
    return [*words[:2], 3, 512, 0.25, True, "text", ["a"], None, {}]


def in_form(path: str, value: Any) -> tuple[Any, list[str]]:
    """What the form's values resolve to, as they come from the browser, and what is wrong."""
    values: Any = copy.deepcopy(BESIDE)
    *parents, last = path.split(".")
    section = values
    for key in parents:
        section = section.setdefault(key, {})
    section[last] = value
    checked = check_draft(json.loads(json.dumps(values)))
    return checked.recipe, [problem.message for problem in checked.problems]


def on_command_line(base: Path, path: str, value: Any) -> tuple[Any, list[str]]:
    """What `yanmo run` resolves, and what it says is wrong."""
    try:
        return load_recipe(base, [f"{path}={format_value(value)}"]), []
    except ConfigError as error:
        problems = getattr(error, "problems", None)
        return None, [one.message for one in problems] if problems else [str(error)]


@pytest.mark.slow
@pytest.mark.parametrize("section", sorted({path.partition(".")[0] for path in PLAIN}))
def test_every_value_of_the_form_ends_in_the_same_recipe_as_the_command_line(
    section: str, tmp_path: Path
) -> None:
    base = tmp_path / "recipe.toml"
    base.write_text('name = "run"\n\n[corpus.rules]\npreset = "bilingual"\n')
    accepted: set[str] = set()
    paths = [path for path in PLAIN if path.partition(".")[0] == section]
    paths = paths[:: len(paths) // MOST_KEYS + 1]
    for path in paths:
        for value in candidates(path):
            form, told = in_form(path, value)
            line, said = on_command_line(base, path, value)
            assert form == line, f"{path} = {value!r}: {told} {said}"
            assert sorted(told) == sorted(said), f"{path} = {value!r}"
            if form is not None:
                accepted.add(path)
    assert 2 * len(accepted) >= len(paths), "more than half mean something by themselves"


def test_mistakes_have_their_key_their_line_and_the_nearest_spelling() -> None:
    checked = check_draft({"pretrain": {"steps": "many", "batch_row": 3}})
    assert checked.recipe is None
    told = {problem.key: (problem.place, problem.message) for problem in checked.problems}
    assert told["pretrain.steps"][0] == "recipe.toml:2"
    assert "pretrain.batch_rows" in told["pretrain.batch_row"][1]
    assert all("/" not in place for place, _ in told.values())


def test_an_empty_form_is_the_default_recipe() -> None:
    assert check_draft({}).recipe == Recipe()
