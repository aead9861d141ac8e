"""The runs of a sweep: a recipe and combinations of values in; one recipe for each trial out.

Also what a trial is judged by, which stages of it are run, and what a shorter one looks like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yanmo.core.errors import ConfigError
from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import Stage
from yanmo.pipeline.stages import stages_of
from yanmo.pipeline.sweep.axes import Axis, Settings
from yanmo.training.length import fit_to_steps

PRETRAIN, FINETUNE = "pretrain", "finetune"
REDUCTION = 3
"""Of so many trials one is kept after a round of so many times fewer steps (Li et al. 2018,
"Hyperband", section 2.2: eta, 3 or 4)."""
_MAX_NAME_CHARACTERS = 80
_FOREIGN = re.compile(r"[^A-Za-z0-9._=+,-]")


@dataclass(frozen=True)
class Trial:
    """One combination of values: its name, which is that of its folder, and its recipe, or what is
    wrong with it."""

    name: str
    settings: Settings
    recipe: Recipe | None
    error: str | None = None


def build_trials(
    recipe: str,
    overrides: Sequence[str],
    combinations: Sequence[Settings],
    labels: Mapping[str, str],
) -> list[Trial]:
    """A trial for each combination; one whose values do not go together carries its error.

    Raises:
        ConfigError: none of them can be run.
    """
    trials: list[Trial] = []
    first_error: ConfigError | None = None
    for settings in combinations:
        name = name_of(settings, labels)
        words = [*overrides, *(f"{key}={value}" for key, value in settings)]
        try:
            trials.append(Trial(name, settings, load_recipe(recipe, words)))
        except ConfigError as error:
            first_error = first_error or error
            trials.append(Trial(name, settings, None, str(error)))
    if first_error is not None and not any(trial.recipe for trial in trials):
        raise first_error
    return trials


def name_of(settings: Settings, labels: Mapping[str, str]) -> str:
    """A name that any file system takes; the same values always have the same one."""
    written = ",".join(f"{labels[key]}={value}" for key, value in settings)
    plain = _FOREIGN.sub("_", written)[:_MAX_NAME_CHARACTERS]
    if plain == written:
        return plain
    return f"{plain}-{sha256_of_json(settings)[:8]}"


def judged_stage(recipe: Recipe, axes: Sequence[Axis], until: str | None) -> str:
    """The stage by whose validation trials are compared: `pretrain`, or `finetune/NAME` of the
    fine-tuning that is varied, else of the recipe's first one.

    Raises:
        ConfigError: there is no such stage in the recipe, or nothing that is varied belongs to it.
    """
    varied = [name for axis in axes if (name := _section_of(axis.key, recipe)) is not None]
    wants_tuning = until == FINETUNE or (
        until != PRETRAIN and (bool(varied) or not recipe.needs_pretraining)
    )
    if not wants_tuning:
        if varied or not recipe.needs_pretraining:
            raise ConfigError(
                t("what is varied has no effect on pre-training"),
                where="--until",
                hint=t("Leave --until out, or give --until finetune."),
            )
        return PRETRAIN
    if not recipe.finetune:
        raise ConfigError(t("the recipe has no section [finetune.NAME]"), where="--until")
    return f"{FINETUNE}/{varied[0] if varied else next(iter(recipe.finetune))}"


def _section_of(key: str, recipe: Recipe) -> str | None:
    """The fine-tuning that a key belongs to."""
    parts = key.split(".")
    if parts[0] == FINETUNE and len(parts) > 1:
        return parts[1] if parts[1] in recipe.finetune else None
    if parts[0] == "tasks" and len(parts) > 1:
        learning = [n for n, one in recipe.finetune.items() if parts[1] in one.task_names(n)]
        return next(iter(learning), None)
    return None


def without_others(recipe: Recipe, judged: str) -> Recipe:
    """The recipe without what the sweep does not speak of: other fine-tunings, unless the one that
    is judged begins with them, and measurements of models as they are."""
    kept = {}
    name = judged.partition("/")[2]
    while name in recipe.finetune and name not in kept:
        kept[name] = recipe.finetune[name]
        name = kept[name].init_from.removeprefix(f"{FINETUNE}/")
    ordered = {name: recipe.finetune[name] for name in recipe.finetune if name in kept}
    return recipe.model_copy(update={"finetune": ordered, "measure": {}, "prompt": {}})


def stages_until(recipe: Recipe, judged: str) -> list[Stage]:
    """The stages of a trial, in order."""
    return stages_of(recipe, judged.partition("/")[0])


def shortened(recipe: Recipe, judged: str) -> Recipe:
    """The recipe with a third of the steps, or of the epochs, of the stage that is judged: a
    training of its own, whose learning rate falls to its end."""
    name = judged.partition("/")[2]
    if not name:
        steps = max(1, recipe.pretrain.steps // REDUCTION)
        return recipe.model_copy(update={"pretrain": fit_to_steps(recipe.pretrain, steps)})
    section = recipe.finetune[name]
    if section.epochs is not None:
        short = section.model_copy(update={"epochs": section.epochs / REDUCTION})
    else:
        short = fit_to_steps(section, max(1, section.steps // REDUCTION))
    return recipe.model_copy(update={"finetune": {**recipe.finetune, name: short}})
