"""A recipe that would train a base model without saying so is refused; one that says so is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.finetune.small_tasks import write_task

from yanmo.core.errors import ConfigError
from yanmo.pipeline.beforehand.check import check_tasks, task_stages
from yanmo.pipeline.beforehand.problems import Problems
from yanmo.pipeline.beforehand.unasked import note_unasked
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe, shipped_recipes

TASK = {"kind": "classification", "train": "a.jsonl"}
PROMPT = {"prompt": {"words": {"task": "own"}}}


def recipe_of(sections: dict[str, Any]) -> Recipe:
    return Recipe.model_validate({"tasks": {"own": TASK}, **sections})


def told(recipe: Recipe) -> list[str]:
    """Where the recipe is refused."""
    problems = Problems()
    noted = note_unasked(problems, recipe, task_stages(recipe))
    try:
        problems.tell()
    except ConfigError as error:
        places = [line.partition(":")[0] for line in str(error).splitlines()]
        found = [place for place in places if not place.startswith(" ")]
        assert len(found) == len(noted)
        return found
    assert not noted
    return []


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({"finetune": {"own": {}}}, "finetune.own.init_from"),
        ({"finetune": {"own": {}}, "model": {"family": "bert"}}, "finetune.own.init_from"),
        ({"measure": {"own": {}}}, "measure.own.model"),
        (PROMPT, "prompt.words.model"),
    ],
)
def test_a_section_that_names_no_model_is_refused(sections: dict[str, Any], place: str) -> None:
    assert told(recipe_of(sections)) == [place]


@pytest.mark.parametrize(
    "sections",
    [
        {**PROMPT, "corpus": {}},
        {**PROMPT, "pretrain": {"steps": 50}},
        {"prompt": {"words": {"task": "own", "model": "pretrain"}}},
        {**PROMPT, "finetune": {"own": {"init_from": "pretrain"}}},
        {"finetune": {"own": {"init_from": "scratch"}}},
        {"measure": {"own": {"model": "somewhere"}}},
    ],
)
def test_a_recipe_that_says_so_or_names_another_model_is_not(sections: dict[str, Any]) -> None:
    assert told(recipe_of(sections)) == []


def test_every_such_section_is_told_and_only_of_stages_that_run() -> None:
    recipe = recipe_of({"finetune": {"own": {}}, **PROMPT})
    assert told(recipe) == ["finetune.own.init_from", "prompt.words.model"]
    problems = Problems()
    assert note_unasked(problems, recipe, ["prompt/words"]) == {"prompt/words"}


@pytest.mark.parametrize("name", shipped_recipes())
def test_no_shipped_recipe_is_refused(name: str) -> None:
    assert told(load_recipe(name)) == []


def test_the_error_says_what_to_write_and_nothing_else_about_the_model(tmp_path: Path) -> None:
    tasks = {"own": write_task(tmp_path, "translation")}
    recipe = Recipe.model_validate({"tasks": tasks, "finetune": {"own": {"has_crf": True}}})
    with pytest.raises(ConfigError) as caught:
        check_tasks(recipe, task_stages(recipe))
    assert caught.value.where == "finetune.own.init_from"
    assert 'init_from = "scratch"' in str(caught.value.hint)
    assert "[corpus] or [pretrain]" in str(caught.value.hint)
