"""One run: stages, lineage, samples, events, checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

Open = Callable[..., TestClient]


def test_stages_have_their_manifests_and_lineage_joins_them(
    runs: Path, studio_client: Open
) -> None:
    detail = studio_client(runs).get("/api/runs/tiny").json()
    assert {stage["state"] for stage in detail["stages"]} == {"finished"}
    names = [stage["name"] for stage in detail["stages"]]
    assert names == ["corpus", "tokenizer", "tokens", "pretrain", "evaluate"]
    edges = {(edge["source"], edge["target"]) for edge in detail["lineage"]["edges"]}
    assert {("corpus", "tokenizer"), ("tokens", "pretrain"), ("pretrain", "evaluate")} <= edges
    assert detail["commands"]["job"] is None
    assert detail["commands"]["resume"].startswith("yanmo run ")
    assert [checkpoint["step"] for checkpoint in detail["checkpoints"]][-1] == 6
    assert 'kind = "files"' in detail["recipe"] and len(detail["facts"]) > 3


def test_samples_come_newest_first(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    steps = [sample["step"] for sample in client.get("/api/runs/tiny/samples").json()["samples"]]
    assert steps == sorted(steps, reverse=True) and set(steps) == {0, 3, 6}
    nothing = client.get("/api/runs/tiny/samples?stage=../../secret").json()
    assert nothing == {"samples": []}


def test_a_run_without_a_job_has_no_log(runs: Path, studio_client: Open) -> None:
    assert studio_client(runs).get("/api/runs/tiny/log").json()["has_log"] is False


def test_a_broken_manifest_hides_nothing_else(runs: Path, studio_client: Open) -> None:
    (runs / "tiny" / "tokens" / "manifest.json").write_text("{")
    detail = studio_client(runs).get("/api/runs/tiny").json()
    states = {stage["name"]: stage["state"] for stage in detail["stages"]}
    assert (states["tokens"], states["corpus"]) == ("unfinished", "finished")
    assert detail["row"]["train_loss"] > 0
