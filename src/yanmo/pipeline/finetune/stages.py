"""The stages that a recipe's `finetune` sections ask for: learning a task, and measuring it.

Each section has a folder of its own, `finetune/NAME`, and within it `evaluate`. What they do is
loaded when they run.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from yanmo.core.files import sha256_of_json
from yanmo.finetuning.config import PRETRAINED, SCRATCH, TUNED, FinetuneConfig
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe
from yanmo.pipeline.stage import Stage, StageContext, StageResult
from yanmo.pipeline.task_fingerprint import fingerprint_splits
from yanmo.training.config import fields_without_effect

FINETUNE = "finetune"
EVALUATE = "evaluate"


def finetune_stages(recipe: Recipe) -> list[Stage]:
    """Two stages for each section, in the order of the recipe."""
    stages: list[Stage] = []
    for name, section in recipe.finetune.items():
        stage_name = f"{FINETUNE}/{name}"
        is_of_run = section.init_from == PRETRAINED or section.init_from.startswith(TUNED)
        inputs = (section.init_from,) if is_of_run else ()
        if recipe.begins_as_model(name):
            inputs = (OWN_VECTORS,)  # read where the recipe names them
        stages.append(
            Stage(
                name=stage_name,
                verb=FINETUNE,
                inputs=inputs,
                settings=partial(_settings, name=name),
                run=partial(_run, name=name),
                fingerprint=partial(_fingerprint, name=name),
                check=partial(_check, name=name),
                is_resumable=True,
                keeps_earlier=True,
            )
        )
        stages.append(
            Stage(
                name=f"{stage_name}/{EVALUATE}",
                verb=EVALUATE,
                inputs=(stage_name,),
                settings=partial(_evaluate_settings, name=name),
                run=partial(_evaluate, name=name),
                fingerprint=partial(_fingerprint_test, name=name),
            )
        )
    return stages


def _settings(recipe: Recipe, *, name: str) -> dict[str, Any]:
    section = recipe.finetune[name]
    tasks = {task: recipe.tasks[task].model_dump(mode="json") for task in section.task_names(name)}
    return {
        "finetune": section.model_dump(mode="json", exclude=_without_effect(section)),
        "tasks": tasks,
        **_scratch_settings(recipe, section),
    }


def _without_effect(section: FinetuneSection) -> set[str]:
    """Fields that do not change what is learned."""
    fields = fields_without_effect(section)
    if section.early_stopping is not None:
        fields -= {"validate_every"}
    return (fields & FinetuneConfig.model_fields.keys()) | {"evaluate"}


def _scratch_settings(recipe: Recipe, section: FinetuneSection) -> dict[str, Any]:
    """What of the rest of the recipe decides a model that begins with random weights."""
    if section.init_from != SCRATCH:
        return {}
    settings: dict[str, Any] = {"tokenizer": recipe.tokenizer.model_dump(mode="json")}
    if section.scratch is None:
        settings["model"] = recipe.model.model_dump(mode="json")
    return settings


def _evaluate_settings(recipe: Recipe, *, name: str) -> dict[str, Any]:
    return recipe.finetune[name].evaluate.model_dump(mode="json")


def _run(context: StageContext, *, name: str) -> StageResult:
    from yanmo.pipeline.finetune.run import run_finetune

    return run_finetune(context, name)


def _evaluate(context: StageContext, *, name: str) -> StageResult:
    from yanmo.pipeline.measure.run import run_evaluate_task

    return run_evaluate_task(context, name)


def _fingerprint(recipe: Recipe, *, name: str) -> str:
    """Of the files that are learned from and chosen by, and of a model or word vectors from outside
    the run."""
    section = recipe.finetune[name]
    parts: list[Any] = [
        fingerprint_splits(recipe, section.task_names(name), ("train", "validation"))
    ]
    if section.init_from not in (PRETRAINED, SCRATCH) and not section.init_from.startswith(TUNED):
        from yanmo.pipeline.model_fingerprint import fingerprint_model

        setting = f"finetune.{name}.init_from"
        parts.append(fingerprint_model(Path(section.init_from).expanduser(), setting))
    vectors = _vectors_from_outside(recipe, name)
    if vectors is not None:
        from yanmo.pipeline.word_vectors import fingerprint_vectors

        parts.append(fingerprint_vectors(Path(vectors).expanduser()))
    return sha256_of_json(parts)


def _vectors_from_outside(recipe: Recipe, name: str) -> str | None:
    """The folder of word vectors that a tuning from random weights begins with, if it names one."""
    section = recipe.finetune[name]
    if section.init_from == SCRATCH and section.scratch is not None:
        return section.scratch.initial_embedding
    named = recipe.model.initial_embedding
    return named if recipe.begins_as_model(name) and named != OWN_VECTORS else None


def _fingerprint_test(recipe: Recipe, *, name: str) -> str:
    section = recipe.finetune[name]
    return sha256_of_json(
        fingerprint_splits(recipe, section.task_names(name), (section.evaluate.split,))
    )


def _check(recipe: Recipe, *, name: str) -> None:
    """Refuse a device or precision that this machine does not have."""
    section = recipe.finetune[name]
    if section.device == "auto" and section.precision != "bfloat16":
        return
    from yanmo.core.device import choose_device, choose_dtype

    choose_dtype(section.precision, choose_device(section.device))
