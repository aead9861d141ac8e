"""The page New: recipes to begin with, the schema of the form, a draft checked and planned, and the
start of its run."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.core.reference import json_schema
from yanmo.pipeline.parts import known_parts
from yanmo.pipeline.recipe import Recipe
from yanmo.studio.draft import (
    CheckedDraft,
    check_draft,
    command_for,
    plan_as_json,
    values_of_run,
    values_of_shipped,
    write_recipe,
)
from yanmo.studio.folders import RECIPE_NAME, find_run, run_folders
from yanmo.studio.jobs import start_job, usual_command
from yanmo.studio.settings import StudioSettings


class Draft(Config):
    """What the form holds: nested tables as a recipe file has them."""

    values: dict[str, Any] = Field(default_factory=dict)
    """Sections and keys; only what differs from the defaults need be there."""
    shipped: str | None = None
    """The shipped recipe that the form began with."""


class PlannedDraft(Draft):
    """A draft whose costs are wanted."""

    has_probe: bool = False
    """Train a few steps on this machine to learn the time."""


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api", tags=["new"])

    @router.get("/schema")
    def schema() -> dict[str, Any]:
        """The JSON Schema of recipes."""
        return _schema()

    @router.get("/recipes")
    def recipes() -> dict[str, Any]:
        """What a new recipe can begin with."""
        described = known_parts()["recipes"]
        return {
            "shipped": [{"name": name, "text": text} for name, text in described.items()],
            "runs": [folder.name for folder in run_folders(settings)],
        }

    @router.get("/recipes/values")
    def values(shipped: str | None = None, run: str | None = None) -> dict[str, Any]:
        """The values of a shipped recipe, of a run's recipe, or none."""
        if run is not None:
            return {"values": values_of_run(find_run(settings, run) / RECIPE_NAME)}
        return {"values": {} if shipped is None else values_of_shipped(shipped)}

    @router.post("/draft")
    def check(draft: Draft) -> dict[str, Any]:
        """What the command line says of the draft."""
        checked = check_draft(draft.values)
        recipe = checked.recipe
        return {
            "text": checked.text,
            "problems": [vars(one) for one in checked.problems],
            "command": command_for(draft.values, checked, draft.shipped),
            "resolved": None if recipe is None else recipe.model_dump(mode="json"),
            "exists": recipe is not None and (settings.runs / recipe.name).exists(),
        }

    @router.post("/draft/plan")
    def plan(draft: PlannedDraft) -> dict[str, Any]:
        """What the draft would cost."""
        recipe = _good(check_draft(draft.values))
        return plan_as_json(recipe, settings.runs / recipe.name, has_probe=draft.has_probe)

    @router.post("/start")
    def start(draft: Draft) -> dict[str, str]:
        """Write the recipe and start its run as a process of its own."""
        recipe = _good(check_draft(draft.values))
        run_dir = write_recipe(settings.runs, recipe)
        start_job(run_dir, usual_command(run_dir), Path.cwd())
        return {"run": run_dir.name}

    return router


def _good(checked: CheckedDraft) -> Recipe:
    if checked.recipe is None:
        raise ConfigError(
            t("the recipe has mistakes"), why="; ".join(one.message for one in checked.problems)
        )
    return checked.recipe


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return json_schema(Recipe)
