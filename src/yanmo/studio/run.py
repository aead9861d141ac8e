"""The page Run: one run with its stages, lineage, samples, events, log and checkpoints; stopping it
and going on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from yanmo.core.config import Config
from yanmo.studio.folders import find_run
from yanmo.studio.jobs import LOG_NAME, read_job, start_job, stop_run, usual_command
from yanmo.studio.run_logs import logs_of
from yanmo.studio.run_row import row_of
from yanmo.studio.run_story import (
    checkpoints_of,
    commands_of,
    incidents_of,
    lineage_as_json,
    samples_of,
    stages_as_json,
)
from yanmo.studio.settings import StudioSettings

_MAX_LOG_BYTES = 200_000
RECIPE_NAME = "recipe.toml"


class LogPart(Config):
    """A part of a job's log. `size` is the offset of its end; `is_cut` where its beginning was
    left out."""

    text: str
    size: int
    is_cut: bool = False
    has_log: bool = True


class Wish(Config):
    """What was done with a run. `pid` is the process that was asked or started, where known."""

    run: str
    pid: int | None = Field(default=None)


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api/runs/{name}", tags=["run"])
    logs = logs_of(settings.runs)

    @router.get("")
    def show(name: str) -> dict[str, Any]:
        """Everything about a run but its curves."""
        run_dir = find_run(settings, name)
        row = row_of(run_dir, logs)
        facts, incidents = incidents_of(run_dir, row.logs)
        return {
            "row": vars(row),
            "folder": str(run_dir),
            "commands": commands_of(run_dir),
            "stages": stages_as_json(run_dir),
            "lineage": lineage_as_json(run_dir),
            "facts": facts,
            "incidents": incidents,
            "checkpoints": checkpoints_of(run_dir, row.logs),
            "recipe": _text(run_dir / RECIPE_NAME),
            "has_report": (run_dir / "report.html").is_file(),
        }

    @router.get("/samples")
    def samples(
        name: str, stage: str = "pretrain", limit: Annotated[int, Query(ge=1, le=500)] = 60
    ) -> dict[str, Any]:
        """What the model wrote while it was trained, the newest first."""
        return {"samples": samples_of(find_run(settings, name), stage, limit)}

    @router.get("/log")
    def log(name: str, after: Annotated[int, Query(ge=0)] = 0) -> LogPart:
        """What the job has printed since `after`."""
        return _read_log(find_run(settings, name) / LOG_NAME, after)

    @router.post("/stop")
    def stop(name: str) -> Wish:
        """Ask the run to stop as Ctrl-C does: it saves a checkpoint."""
        return Wish(run=name, pid=stop_run(find_run(settings, name)))

    @router.post("/resume")
    def resume(name: str) -> Wish:
        """Give the same command again."""
        run_dir = find_run(settings, name)
        job = read_job(run_dir)
        words = job.command if job is not None else usual_command(run_dir)
        folder = Path(job.working_dir) if job is not None else Path.cwd()
        start_job(run_dir, words, folder if folder.is_dir() else Path.cwd())
        return Wish(run=name)

    return router


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _read_log(path: Path, after: int) -> LogPart:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = after if after <= size else 0
            is_cut = size - start > _MAX_LOG_BYTES
            if is_cut:
                start = size - _MAX_LOG_BYTES
            file.seek(start)
            content = file.read(_MAX_LOG_BYTES)
    except FileNotFoundError:
        return LogPart(text="", size=0, has_log=False)
    # A character that is not whole yet is left for the next question.
    whole = _whole_characters(content)
    text = content[:whole].decode("utf-8", "replace")
    return LogPart(text=text, size=start + whole, is_cut=is_cut)


def _whole_characters(content: bytes) -> int:
    """How many bytes of `content` do not belong to a character that was cut at its end."""
    for back in range(1, min(4, len(content)) + 1):
        byte = content[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(content) - back if length > back else len(content)
    return len(content)
