"""The page Runs: the list, the curves of several runs, what follows them live, and in what their
recipes differ."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.core.resolve import diff_configs
from yanmo.core.toml_text import format_value
from yanmo.studio.folders import find_run, run_folders
from yanmo.studio.live import LiveStream, Watched
from yanmo.studio.run_logs import flops_per_token, logs_of, open_log
from yanmo.studio.run_row import row_of
from yanmo.studio.run_state import recipe_of
from yanmo.studio.series import Axis, axis_values, read_series
from yanmo.studio.settings import StudioSettings

MAX_POINTS = 20_000
_MAX_RUNS = 64

Names = Annotated[list[str], Query(max_length=_MAX_RUNS)]
Keys = Annotated[list[str], Query(max_length=32)]


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    router = APIRouter(prefix="/api", tags=["runs"])
    logs = logs_of(settings.runs)

    @router.get("/runs")
    def list_runs() -> Response:
        """Every run of the folder."""
        rows = [asdict(row_of(folder, logs)) for folder in run_folders(settings)]
        return _json({"folder": str(settings.runs), "runs": rows})

    @router.get("/runs/{name}/series")
    def series(
        name: str,
        key: Keys,
        stage: str = "pretrain",
        axis: Axis = "step",
        max_points: Annotated[int, Query(ge=2, le=MAX_POINTS)] = 4000,
        low: float | None = None,
        high: float | None = None,
    ) -> Response:
        """Curves of one run, thinned to `max_points` each."""
        run_dir = find_run(settings, name)
        log = open_log(logs, run_dir, stage)
        x = axis_values(log, axis, flops_per_token(run_dir, stage))
        found = {
            one: read_series(log, one, x, max_points=max_points, low=low, high=high).as_json()
            for one in key
        }
        return _json(
            {
                "run": name,
                "stage": stage,
                "generation": log.generation,
                "row": len(x),
                "keys": log.keys(),
                "num_unreadable": log.num_unreadable,
                "series": found,
            }
        )

    @router.get("/live")
    def live(log: Names, key: Keys, axis: Axis = "step") -> StreamingResponse:
        """New points of logs, given as RUN|STAGE|GENERATION|ROW; a stream of events."""
        watched = [one for one in map(Watched.parse, log) if one is not None]
        stream = LiveStream(settings, logs, watched, key, axis)
        return StreamingResponse(stream.events(), media_type="text/event-stream")

    @router.get("/compare")
    def compare(run: Names) -> dict[str, Any]:
        """The keys in which the recipes of runs differ from the first's."""
        recipes = []
        for name in run:
            recipe = recipe_of(find_run(settings, name))
            if recipe is None:
                raise ConfigError(
                    t("the recipe of this run cannot be read by this version"), where=name
                )
            recipes.append(recipe)
        rows: dict[str, list[str | None]] = {}
        for index, recipe in enumerate(recipes[1:], start=1):
            for path, old, new in diff_configs(recipes[0], recipe):
                if path != "name":
                    values = rows.setdefault(path, [_shown(old)] * len(recipes))
                    values[index] = _shown(new)
        return {"runs": run, "keys": [{"key": k, "values": v} for k, v in sorted(rows.items())]}

    return router


def _shown(value: Any) -> str | None:
    return None if value is None else format_value(value)


def _json(value: Any) -> Response:
    content = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return Response(content, media_type="application/json")
