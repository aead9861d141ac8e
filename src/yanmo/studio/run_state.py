"""How a run is: going on, finished, stopped, failed or partly made; told from its files and from
the table of processes, by whomever and wherever it was started.

In: a run directory. Out: a `RunState`. Knows nothing of curves or pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import DataError, YanmoError
from yanmo.core.manifest import Manifest, read_manifest
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stages import stages_of
from yanmo.studio.jobs import Job, is_beginning, read_job, running_pid

StateName = Literal["running", "finished", "stopped", "failed", "partial"]
StageState = Literal["finished", "unfinished", "missing"]
RECIPE_NAME = "recipe.toml"
STARTED_NAME = "started.json"
EVENTS_NAME = "events.jsonl"
_TAIL_BYTES = 65536


@dataclass(frozen=True)
class RunState:
    """How a run is.

    Attributes:
        name: what it is; `partial` where every stage that was begun is finished, and others of
            the recipe are not made yet.
        stages: each stage of the recipe, in order, and how it is.
        stage: the one that is worked on, or was last.
        pid: the process that works on it.
        why: what ended it, where that was an error.
        job: what the studio started, if it did.
    """

    name: StateName
    stages: dict[str, StageState]
    stage: str | None
    pid: int | None
    why: str | None
    job: Job | None


def state_of(run_dir: Path) -> RunState:
    """How the run in `run_dir` is."""
    stages = {name: _stage_state(run_dir / name) for name in stage_names(run_dir)}
    begun = [name for name, state in stages.items() if state != "missing"]
    unfinished = [name for name in begun if stages[name] == "unfinished"]
    stage = next(iter([*unfinished[-1:], *begun[-1:]]), None)
    pid, job = running_pid(run_dir), read_job(run_dir)
    why = None
    if pid is not None or is_beginning(run_dir):
        name: StateName = "running"
    elif begun and len(begun) == len(stages) and not unfinished:
        name = "finished"
    else:
        why = None if stage is None else _error_of(run_dir / stage)
        has_failed = why is not None or (job is not None and job.has_failed)
        is_whole = bool(begun) and not unfinished
        name = "failed" if has_failed else "partial" if is_whole else "stopped"
    return RunState(name, stages, stage, pid, why, job)


def recipe_of(run_dir: Path) -> Recipe | None:
    """The recipe of a run; None where this version cannot read it."""
    path = run_dir / RECIPE_NAME
    try:
        stat = path.stat()
    except OSError:
        return None
    return _load(path, stat.st_mtime_ns, stat.st_size)


def manifest_of(directory: Path) -> Manifest | None:
    """The manifest of a stage; None where there is none that can be read."""
    try:
        stat = (directory / "manifest.json").stat()
    except OSError:
        return None
    return _load_manifest(directory, stat.st_mtime_ns, stat.st_size)


def stage_names(run_dir: Path) -> list[str]:
    """The stages of a run's recipe, in order; where it cannot be read, those that have a folder."""
    recipe = recipe_of(run_dir)
    if recipe is not None:
        return [stage.name for stage in stages_of(recipe)]
    marks = [*run_dir.glob(f"*/{STARTED_NAME}"), *run_dir.glob(f"*/*/{STARTED_NAME}")]
    return sorted(mark.parent.relative_to(run_dir).as_posix() for mark in marks)


def last_event(directory: Path) -> dict[str, Any] | None:
    """The last whole event of the stage in `directory`."""
    try:
        with (directory / EVENTS_NAME).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") != "warned":
            return event
    return None


def _error_of(directory: Path) -> str | None:
    event = last_event(directory)
    return str(event.get("what")) if event is not None and event["event"] == "stopped" else None


def _stage_state(directory: Path) -> StageState:
    if manifest_of(directory) is not None:
        return "finished"
    return "unfinished" if (directory / STARTED_NAME).is_file() else "missing"


@lru_cache(maxsize=256)
def _load(path: Path, _modified: int, _size: int) -> Recipe | None:
    try:
        return load_recipe(path)
    except YanmoError:
        return None


@lru_cache(maxsize=2048)
def _load_manifest(directory: Path, _modified: int, _size: int) -> Manifest | None:
    try:
        return read_manifest(directory)
    except DataError:
        return None
