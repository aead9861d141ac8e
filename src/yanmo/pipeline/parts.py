"""What a recipe can name, by kind, with one line each; the names are those of the definitions."""

from __future__ import annotations

from typing import get_args

from yanmo.core.config import Config
from yanmo.corpus.config import Source
from yanmo.corpus.rules.descriptions import list_rules
from yanmo.models.config import Family
from yanmo.models.presets import DEPTH_OF_PRESET, WIDTH_PER_LAYER
from yanmo.pipeline.descriptions import (
    describe_family,
    describe_objective,
    describe_optimizer,
    describe_recipe,
    describe_schedule,
    describe_source,
    describe_task,
)
from yanmo.pipeline.recipe import shipped_recipes
from yanmo.pipeline.stages import STAGES
from yanmo.tasks.config import TaskConfig
from yanmo.training.config import ScheduleConfig
from yanmo.training.objective_config import ObjectiveName
from yanmo.training.optimizer_config import OptimizerConfig


def known_parts() -> dict[str, dict[str, str]]:
    """Kinds of parts; of each the names and a line of description."""
    sources, *_ = get_args(Source)
    return {
        "recipes": {name: describe_recipe(name) for name in shipped_recipes()},
        "stages": {stage.name: " + ".join(stage.inputs) or "-" for stage in STAGES},
        "sources": {
            kind: describe_source(kind)
            for source in get_args(sources)
            for kind in _choices(source, "kind")
        },
        "tasks": {
            kind: describe_task(kind)
            for task in get_args(get_args(TaskConfig)[0])
            for kind in _choices(task, "kind")
        },
        "rules": _rules(),
        "models": {name: describe_family(name) for name in get_args(Family)},
        "presets": {
            name: f"{depth} x {depth * WIDTH_PER_LAYER}" for name, depth in DEPTH_OF_PRESET.items()
        },
        "objectives": {name: describe_objective(name) for name in get_args(ObjectiveName)},
        "optimizers": {
            name: describe_optimizer(name)
            for optimizer in get_args(OptimizerConfig)
            for name in _choices(optimizer, "name")
        },
        "schedules": {name: describe_schedule(name) for name in _choices(ScheduleConfig, "name")},
    }


def _rules() -> dict[str, str]:
    """The rules of the corpus stage, and where each was published."""
    return {
        rule.name: rule.description + (f" ({rule.source})" if rule.source != "-" else "")
        for rule in list_rules()
    }


def _choices(model: type[Config], field: str) -> tuple[str, ...]:
    return get_args(model.model_fields[field].annotation)
