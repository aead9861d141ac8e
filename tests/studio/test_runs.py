"""The list of runs, curves of several, and what follows them."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yanmo.studio.live import LiveStream, Watched
from yanmo.studio.metric_log import MetricLogs
from yanmo.studio.settings import StudioSettings

Open = Callable[..., TestClient]


def test_a_finished_run_is_listed_with_its_figures(runs: Path, studio_client: Open) -> None:
    answer = studio_client(runs).get("/api/runs").json()
    assert answer["folder"] == str(runs.resolve())
    (row,) = answer["runs"]
    assert (row["name"], row["state"], row["step"], row["num_steps"]) == ("tiny", "finished", 6, 6)
    assert row["train_loss"] > 0 and row["bits_per_byte"] > 0 and row["num_params"] > 1000
    assert row["logs"] == ["pretrain"] and "train/grad_norm" in row["keys"]


def test_states_are_told_from_the_files(runs: Path, studio_client: Open) -> None:
    for name in ("stopped", "partial", "failed"):
        shutil.copytree(runs / "tiny", runs / name)
        shutil.rmtree(runs / name / "evaluate")
    for name in ("stopped", "failed"):
        (runs / name / "pretrain" / "manifest.json").unlink()
    with (runs / "failed" / "pretrain" / "events.jsonl").open("a") as file:
        row = {"time": 1.0, "event": "stopped", "step": 3, "what": "no number", "where": None}
        file.write("\n" + json.dumps(row) + "\n")
    (runs / "no_run").mkdir()
    rows = studio_client(runs).get("/api/runs").json()["runs"]
    assert {row["name"]: row["state"] for row in rows} == {
        "tiny": "finished",
        "stopped": "stopped",
        "partial": "partial",
        "failed": "failed",
    }
    assert next(row["why"] for row in rows if row["name"] == "failed") == "no number"


def test_a_recipe_of_another_version_is_still_a_run(runs: Path, studio_client: Open) -> None:
    (runs / "tiny" / "recipe.toml").write_text("unknown_key = 1\n")
    client = studio_client(runs)
    (row,) = client.get("/api/runs").json()["runs"]
    assert (row["state"], row["num_steps"]) == ("finished", None)
    assert client.get("/api/compare?run=tiny&run=tiny").status_code == 400


@pytest.mark.parametrize("axis", ["step", "tokens", "time", "flops"])
def test_curves_lie_over_every_axis(runs: Path, studio_client: Open, axis: str) -> None:
    answer = studio_client(runs).get(
        "/api/runs/tiny/series",
        params={"key": ["train/loss", "validation/loss"], "axis": axis},
    )
    for series in answer.json()["series"].values():
        assert len(series["x"]) == len(series["y"]) > 0
        assert sorted(series["x"]) == series["x"] and series["low"] is None


def test_a_stage_without_metrics_is_told(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    for stage in ("corpus", "../tiny/pretrain", "finetune/none"):
        answer = client.get("/api/runs/tiny/series", params={"key": "x", "stage": stage})
        assert answer.status_code == 404


def test_differences_of_recipes_are_told_by_key(runs: Path, studio_client: Open) -> None:
    shutil.copytree(runs / "tiny", runs / "other")
    recipe = runs / "other" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("steps = 6\n", "steps = 9\n", 1))
    answer = studio_client(runs).get("/api/compare?run=tiny&run=other").json()
    assert answer["keys"] == [{"key": "pretrain.steps", "values": ["6", "9"]}]


def follow(runs: Path, watched: list[Watched], act: Callable[[int], None], count: int) -> list[Any]:
    """Events of a stream; `act` is called before each look with the number of events so far."""
    settings = StudioSettings(runs=runs.resolve(), token="t")
    stream = LiveStream(settings, MetricLogs(), watched, ["train/loss"], "step")

    async def read() -> list[Any]:
        found: list[Any] = []
        events = stream.events()
        act(0)
        async for block in events:
            for line in block.decode().splitlines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    found.append((name, json.loads(line.removeprefix("data: "))))
                    act(len(found))
            if len(found) >= count:
                await events.aclose()
                break
        return found

    return asyncio.run(asyncio.wait_for(read(), 60))


def test_new_points_are_told_once_and_a_new_log_is_a_reset(runs: Path) -> None:
    metrics = runs / "tiny" / "pretrain" / "metrics.jsonl"
    content = metrics.read_text()
    num_rows = content.count("\n")

    def act(seen: int) -> None:
        if seen == 1:
            with metrics.open("a") as file:
                file.write('{"step": 7, "time": 1, "train/loss": 1.5}\n{"step": 8, "tra')
        if seen == 2:
            metrics.write_text(content[: content.index("\n") + 1])

    events = follow(runs, [Watched("tiny", "pretrain", 0, num_rows)], act, 3)
    assert [name for name, _ in events] == ["state", "points", "reset"]
    assert events[0][1]["state"] == "finished"
    points = events[1][1]
    assert (points["row"], points["series"]["train/loss"]["x"]) == (num_rows + 1, [7])


def test_a_page_that_was_away_is_told_what_it_missed(runs: Path) -> None:
    events = follow(runs, [Watched("tiny", "pretrain", 0, 2)], lambda _: None, 2)
    (points,) = [data for name, data in events if name == "points"]
    assert points["series"]["train/loss"]["x"][-1] == 6
    assert points["series"]["train/loss"]["x"][0] > 1


def test_logs_are_named_with_any_name(tmp_path: Path) -> None:
    assert Watched.parse("a|b|pretrain|2|30") == Watched("a|b", "pretrain", 2, 30)
    assert Watched.parse("a|pretrain|x|3") is None
    assert Watched.parse("") is None
