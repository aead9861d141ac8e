"""A recipe that is being written in a form: checked, planned, and started as a run of its own.

In: the values of the form. Out: what the command line says of the same file. The form has no rules
of its own: everything goes through a recipe file and the reader of recipe files.
"""

from __future__ import annotations

import shlex
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, YanmoError
from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.core.recipe_file import read_recipe_file
from yanmo.core.resolve import RecipeError, to_toml
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe, shipped_recipes
from yanmo.studio.draft_values import Values, changed_values, to_overrides, to_recipe_text

FILE_NAME = "recipe.toml"


@dataclass(frozen=True)
class FormProblem:
    """Something that is wrong: the dotted key ("" where it is none), the line, and what."""

    key: str
    place: str
    message: str


@dataclass(frozen=True)
class CheckedDraft:
    """A draft as the command line sees it.

    Attributes:
        text: the recipe file.
        recipe: what it resolves to; None where something is wrong with it.
    """

    text: str
    recipe: Recipe | None
    problems: tuple[FormProblem, ...]


def check_draft(values: Values) -> CheckedDraft:
    """Write the values as a recipe file and read that file."""
    try:
        text = to_recipe_text(values)
    except ConfigError as error:
        return CheckedDraft("", None, (FormProblem("", FILE_NAME, str(error)),))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        path.write_text(text or "# \n", encoding="utf-8")
        try:
            return CheckedDraft(text, load_recipe(path), ())
        except RecipeError as error:
            problems = [
                FormProblem(one.key, one.place.replace(f"{folder}/", ""), one.message)
                for one in error.problems
            ]
        except YanmoError as error:
            problems = [FormProblem("", FILE_NAME, str(error).replace(f"{folder}/", ""))]
    return CheckedDraft(text, None, tuple(problems))


def values_of_shipped(name: str) -> Values:
    """What a shipped recipe's file says.

    Raises:
        ConfigError: there is no such recipe.
    """
    recipes = shipped_recipes()
    if name not in recipes:
        raise ConfigError(t("there is no shipped recipe '{name}'", name=name[:200]))
    return read_recipe_file(recipes[name]).values


def values_of_run(path: Path) -> Values:
    """What the recipe of a run says beyond the defaults; everything, where that is not the same.

    Raises:
        ConfigError: this version cannot read it.
    """
    recipe = load_recipe(path)
    values = changed_values(recipe)
    if check_draft(values).recipe == recipe:
        return values
    return read_recipe_file(path).values


def command_for(values: Values, checked: CheckedDraft, shipped: str | None) -> str:
    """The command that does the same as Start: a shipped recipe with its changes, or the file."""
    if shipped is not None and checked.recipe is not None:
        words = to_overrides(values, values_of_shipped(shipped))
        if words is not None and _is_same(shipped, words, checked.recipe):
            return shlex.join(["yanmo", "run", shipped, *words])
    name = checked.recipe.name if checked.recipe is not None else "run"
    return shlex.join(["yanmo", "run", f"{name}.toml"])


def _is_same(shipped: str, words: list[str], recipe: Recipe) -> bool:
    try:
        return load_recipe(shipped, words) == recipe
    except YanmoError:
        return False


def write_recipe(runs: Path, recipe: Recipe) -> Path:
    """Make the folder of a new run with its recipe; the folder.

    Raises:
        ConfigError: there is a run or a folder of this name, or it cannot be written.
    """
    run_dir = runs / recipe.name
    try:
        runs.mkdir(parents=True, exist_ok=True)
        run_dir.mkdir()
        write_atomically(run_dir / FILE_NAME, to_toml(recipe))
    except FileExistsError as error:
        raise ConfigError(
            t("there is a run called '{name}' already", name=recipe.name),
            where=str(run_dir),
            hint=t("Give the new run another name."),
        ) from error
    except OSError as error:
        raise ConfigError(
            t("this folder cannot be made or written"),
            where=str(run_dir),
            why=error.strerror or str(error),
        ) from error
    return run_dir


def plan_as_json(recipe: Recipe, run_dir: Path, *, has_probe: bool) -> dict[str, Any]:
    """What the recipe costs, as `yanmo plan --json` says it; empty where it trains no base model.

    Raises:
        YanmoError: its tasks are wrong, or the trial failed.
    """
    from yanmo.pipeline.planning.recipe_plan import estimate_plan
    from yanmo.pipeline.planning.stage_list import list_stages

    base: dict[str, Any] = {}
    if recipe.needs_pretraining:
        base = asdict(estimate_plan(recipe, run_dir, has_probe=has_probe))
    stages = list_stages(recipe)
    return {"base": base or None, "trained": dict(stages.trained), "measured": stages.measured}
