"""The stages of a recipe's `measure` and `prompt` sections: models measured as they are.

What they do is loaded when they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from yanmo.core.files import sha256_of_json
from yanmo.finetuning.config import PRETRAINED
from yanmo.pipeline.finetune.stages import EVALUATE, FINETUNE
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import Stage, StageContext, StageResult
from yanmo.pipeline.task_fingerprint import fingerprint_splits

MEASURE = "measure"
PROMPT = "prompt"


def measure_stages(recipe: Recipe) -> list[Stage]:
    """A stage for each `measure` and each `prompt` section, in the order of the recipe."""
    measured = [
        Stage(
            name=f"{MEASURE}/{name}",
            verb=EVALUATE,
            inputs=_models_of_run(recipe, (section.model, *section.others.values())),
            settings=partial(_measure_settings, name=name),
            run=partial(_measure, name=name),
            fingerprint=partial(_fingerprint_measured, name=name),
        )
        for name, section in recipe.measure.items()
    ]
    asked = [
        Stage(
            name=f"{PROMPT}/{name}",
            verb=EVALUATE,
            inputs=_models_of_run(recipe, (section.model,)),
            settings=partial(_prompt_settings, name=name),
            run=partial(_prompt, name=name),
            fingerprint=partial(_fingerprint_prompted, name=name),
        )
        for name, section in recipe.prompt.items()
    ]
    return measured + asked


def _models_of_run(recipe: Recipe, models: Sequence[str]) -> tuple[str, ...]:
    """Stages of this run whose models are named."""
    return tuple(
        model
        for model in dict.fromkeys(models)
        if model == PRETRAINED or model.removeprefix(f"{FINETUNE}/") in recipe.finetune
    )


def _measure_settings(recipe: Recipe, *, name: str) -> dict[str, Any]:
    section = recipe.measure[name]
    tasks = {task: recipe.tasks[task].model_dump(mode="json") for task in section.task_names(name)}
    return {"measure": section.model_dump(mode="json", exclude={"device"}), "tasks": tasks}


def _measure(context: StageContext, *, name: str) -> StageResult:
    from yanmo.pipeline.measure.run import run_measure

    return run_measure(context, name)


def _fingerprint_measured(recipe: Recipe, *, name: str) -> str:
    """Of the files that are measured on, and of models from outside the run."""
    section = recipe.measure[name]
    models = {"model": section.model, **{f"others.{n}": m for n, m in section.others.items()}}
    hashes = _fingerprint_outside(recipe, models, f"measure.{name}")
    splits = fingerprint_splits(recipe, section.task_names(name), (section.split,))
    return sha256_of_json([splits, hashes])


def _prompt_settings(recipe: Recipe, *, name: str) -> dict[str, Any]:
    section = recipe.prompt[name]
    tasks = {task: recipe.tasks[task].model_dump(mode="json") for task in section.task_names(name)}
    return {"prompt": section.model_dump(mode="json", exclude={"device"}), "tasks": tasks}


def _prompt(context: StageContext, *, name: str) -> StageResult:
    from yanmo.pipeline.measure.prompted import run_prompt

    return run_prompt(context, name)


def _fingerprint_prompted(recipe: Recipe, *, name: str) -> str:
    section = recipe.prompt[name]
    hashes = _fingerprint_outside(recipe, {"model": section.model}, f"prompt.{name}")
    splits = (section.split, section.examples_split) if section.num_examples else (section.split,)
    return sha256_of_json([fingerprint_splits(recipe, section.task_names(name), splits), hashes])


def _fingerprint_outside(recipe: Recipe, models: Mapping[str, str], key: str) -> list[str]:
    """Of the models that are folders outside the run, each named by a setting of one section."""
    from yanmo.pipeline.model_fingerprint import fingerprint_model

    own = _models_of_run(recipe, [*models.values()])
    return [
        fingerprint_model(Path(model).expanduser(), f"{key}.{setting}")
        for setting, model in models.items()
        if model not in own
    ]
