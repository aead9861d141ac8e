"""Drafts through the API: the schema, beginnings, the plan, the start."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from yanmo.core.reference import json_schema
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe, shipped_recipes

Open = Callable[..., TestClient]


def test_the_form_is_the_schema_of_the_command_line(runs: Path, studio_client: Open) -> None:
    assert studio_client(runs).get("/api/schema").json() == json.loads(
        json.dumps(json_schema(Recipe))
    )


def test_one_can_begin_with_every_recipe(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    listed = client.get("/api/recipes").json()
    assert {one["name"] for one in listed["shipped"]} == set(shipped_recipes())
    assert listed["runs"] == ["tiny"]
    values = client.get("/api/recipes/values?run=tiny").json()["values"]
    checked = client.post("/api/draft", json={"values": values}).json()
    assert (checked["problems"], checked["exists"]) == ([], False)
    recipe = load_recipe(runs / "tiny" / "recipe.toml")
    assert checked["resolved"] == json.loads(recipe.model_dump_json())
    assert client.get("/api/recipes/values?shipped=none").status_code == 400
    assert client.get("/api/recipes/values?run=none").status_code == 404


def test_a_name_that_is_taken_is_told(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    assert client.post("/api/draft", json={"values": {"name": "tiny"}}).json()["exists"] is True
    answer = client.post("/api/start", json={"values": {"name": "tiny"}})
    assert answer.status_code == 400
    assert answer.json()["error"]["what"] == "there is a run called 'tiny' already"
    for name in ("..", "a/b", ""):
        answer = client.post("/api/start", json={"values": {"name": name}})
        assert answer.status_code == 400
    assert [path.name for path in runs.iterdir()] == ["tiny"]


def test_mistakes_are_in_the_words_of_the_command_line(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    body = {"values": {"pretrain": {"stepz": 3}}}
    (problem,) = client.post("/api/draft", json=body).json()["problems"]
    assert problem["message"] == "unknown key 'pretrain.stepz', did you mean 'pretrain.steps'?"
    headers = {"Accept-Language": "zh"}
    (problem,) = client.post("/api/draft", json=body, headers=headers).json()["problems"]
    assert "pretrain.steps" in problem["message"] and "did you" not in problem["message"]
    assert client.post("/api/draft/plan", json=body).status_code == 400
    assert client.post("/api/draft", json={"values": 3}).status_code == 422


def test_the_plan_is_that_of_the_command_line(runs: Path, studio_client: Open) -> None:
    from yanmo.pipeline.planning.recipe_plan import estimate_plan

    client = studio_client(runs)
    values = client.get("/api/recipes/values?shipped=python_docs").json()["values"]
    told = client.post("/api/draft/plan", json={"values": values}).json()
    recipe = load_recipe("python_docs")
    plan = estimate_plan(recipe, runs / recipe.name, has_probe=False)
    assert told["base"]["num_params"] == plan.num_params
    assert told["base"]["total_flops"] == plan.total_flops
    assert told["base"]["memory_bytes"] == plan.memory_bytes
    assert next(iter(told["trained"])) == "pretrain"
