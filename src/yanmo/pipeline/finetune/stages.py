"""The stages of a recipe's `finetune` and `measure` sections: learning tasks, and measuring models.

Each section has a folder of its own, `finetune/NAME`, and within it `evaluate`. What they do is
loaded when they run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from yanmo.core.files import sha256_of_file, sha256_of_json
from yanmo.finetuning.config import PRETRAINED, SCRATCH, FinetuneConfig
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import Stage, StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.training.config import fields_without_effect

FINETUNE = "finetune"
EVALUATE = "evaluate"
MEASURE = "measure"


def measure_stages(recipe: Recipe) -> list[Stage]:
    """A stage for each `measure` section, in the order of the recipe."""
    return [
        Stage(
            name=f"{MEASURE}/{name}",
            verb=EVALUATE,
            inputs=tuple(
                model
                for model in dict.fromkeys((section.model, *section.others.values()))
                if model == PRETRAINED or model.removeprefix(f"{FINETUNE}/") in recipe.finetune
            ),
            settings=partial(_measure_settings, name=name),
            run=partial(_measure, name=name),
            fingerprint=partial(_fingerprint_measured, name=name),
        )
        for name, section in recipe.measure.items()
    ]


def finetune_stages(recipe: Recipe) -> list[Stage]:
    """Two stages for each section, in the order of the recipe."""
    stages: list[Stage] = []
    for name, section in recipe.finetune.items():
        stage_name = f"{FINETUNE}/{name}"
        inputs = (PRETRAINED,) if section.init_from == PRETRAINED else ()
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


def _measure_settings(recipe: Recipe, *, name: str) -> dict[str, Any]:
    section = recipe.measure[name]
    tasks = {task: recipe.tasks[task].model_dump(mode="json") for task in section.task_names(name)}
    return {"measure": section.model_dump(mode="json", exclude={"device"}), "tasks": tasks}


def _measure(context: StageContext, *, name: str) -> StageResult:
    from yanmo.pipeline.measure.run import run_measure

    return run_measure(context, name)


def _fingerprint_measured(recipe: Recipe, *, name: str) -> str:
    """Of the files that are measured on, and of models from outside the run."""
    from yanmo.pipeline.model_fingerprint import fingerprint_model

    section = recipe.measure[name]
    outside = [
        model
        for model in (section.model, *section.others.values())
        if model != PRETRAINED and model.removeprefix(f"{FINETUNE}/") not in recipe.finetune
    ]
    hashes = [fingerprint_model(Path(m).expanduser(), f"measure.{name}.model") for m in outside]
    splits = _fingerprint_splits(recipe, section.task_names(name), (section.split,))
    return sha256_of_json([splits, hashes])


def _fingerprint(recipe: Recipe, *, name: str) -> str:
    """Of the files that are learned from and chosen by, and of a model from outside the run."""
    section = recipe.finetune[name]
    parts: list[Any] = [
        _fingerprint_splits(recipe, section.task_names(name), ("train", "validation"))
    ]
    if section.init_from not in (PRETRAINED, SCRATCH):
        from yanmo.pipeline.model_fingerprint import fingerprint_model

        setting = f"finetune.{name}.init_from"
        parts.append(fingerprint_model(Path(section.init_from).expanduser(), setting))
    return sha256_of_json(parts)


def _fingerprint_test(recipe: Recipe, *, name: str) -> str:
    section = recipe.finetune[name]
    return sha256_of_json(
        _fingerprint_splits(recipe, section.task_names(name), (section.evaluate.split,))
    )


def _fingerprint_splits(recipe: Recipe, tasks: Sequence[str], splits: tuple[Any, ...]) -> list[Any]:
    """Hashes of the files of tasks; one that is missing is reported by the stage."""
    found: list[Any] = []
    for task_name in tasks:
        task = open_task(task_name, recipe.tasks[task_name])
        files = sorted({path for split in splits for path in task.files(split)})
        found.append([task.version, [_hash_of(path) for path in files]])
    return found


def _hash_of(path: str) -> str:
    return sha256_of_file(Path(path)) if Path(path).is_file() else "missing"


def _check(recipe: Recipe, *, name: str) -> None:
    """Refuse a device or precision that this machine does not have."""
    section = recipe.finetune[name]
    if section.device == "auto" and section.precision != "bfloat16":
        return
    from yanmo.core.device import choose_device, choose_dtype

    choose_dtype(section.precision, choose_device(section.device))
