"""What a recipe can name, by kind, with one line each; read from the definitions themselves."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from yanmo.core.config import Config
from yanmo.core.toml_text import first_sentence
from yanmo.corpus.config import Source
from yanmo.corpus.rules.descriptions import list_rules
from yanmo.models.config import Family
from yanmo.models.presets import DEPTH_OF_PRESET, WIDTH_PER_LAYER
from yanmo.pipeline.descriptions import describe_family, describe_objective
from yanmo.pipeline.recipe import shipped_recipes
from yanmo.pipeline.stages import STAGES
from yanmo.training.config import AdamWConfig, MuonConfig, ScheduleConfig
from yanmo.training.objective_config import ObjectiveName


def known_parts() -> dict[str, dict[str, str]]:
    """Kinds of parts; of each the names and a line of description."""
    sources, *_ = get_args(Source)
    return {
        "recipes": {name: _first_comment(path) for name, path in shipped_recipes().items()},
        "stages": {stage.name: " + ".join(stage.inputs) or "-" for stage in STAGES},
        "sources": {_choices(source, "kind")[0]: _summary(source) for source in get_args(sources)},
        "rules": _rules(),
        "models": {name: describe_family(name) for name in get_args(Family)},
        "presets": {
            name: f"{depth} x {depth * WIDTH_PER_LAYER}" for name, depth in DEPTH_OF_PRESET.items()
        },
        "objectives": {name: describe_objective(name) for name in get_args(ObjectiveName)},
        "optimizers": {"muon": _summary(MuonConfig), "adamw": _summary(AdamWConfig)},
        "schedules": dict.fromkeys(_choices(ScheduleConfig, "name"), ""),
    }


def _rules() -> dict[str, str]:
    """The rules of the corpus stage, and where each was published."""
    return {
        rule.name: rule.description + (f" ({rule.source})" if rule.source != "-" else "")
        for rule in list_rules()
    }


def _summary(model: type[Config]) -> str:
    return first_sentence(model.__doc__)


def _choices(model: type[Config], field: str) -> tuple[str, ...]:
    return get_args(model.model_fields[field].annotation)


def _first_comment(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("#").strip()
