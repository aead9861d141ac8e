"""Runs that the studio starts: processes of their own, stopped as by Ctrl-C, gone on with."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.cli.conftest import SMALL

from yanmo.core.lock import hold_lock
from yanmo.studio.jobs import JOB_NAME, LOG_NAME, read_job, running_pid, stop_run
from yanmo.studio.run_state import state_of

Open = Callable[..., TestClient]
WAIT_S = 120.0


def wait_until(is_so: Callable[[], Any]) -> None:
    """Look again and again; fails when it is never so."""
    end = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end, "this never came"
        time.sleep(0.1)


def values_of(runs: Path, *, steps: int) -> dict[str, Any]:
    """The values of a form for a run on the text of the tests."""
    from yanmo.pipeline.life import load_recipe
    from yanmo.studio.draft_values import changed_values

    source = f"corpus.sources=[{{kind = 'files', paths = ['{runs.parent / 'text.txt'}']}}]"
    words = [word for word in SMALL if not word.startswith("pretrain.steps")]
    recipe = load_recipe(
        "python_docs",
        [source, *words, f"pretrain.steps={steps}", "finetune={}", "tasks={}", "name=job"],
    )
    return changed_values(recipe)


@pytest.fixture
def ended_at_last(runs: Path) -> Iterator[None]:
    """Ends what a failed test has left running."""
    yield
    for folder in runs.glob("*"):
        job = read_job(folder)
        for pid in (job.child, job.pid) if job is not None and job.exit_code is None else ():
            if pid is not None and running_pid(folder) is not None:
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_job_is_started_stopped_with_a_checkpoint_and_gone_on_with(
    runs: Path, studio_client: Open, ended_at_last: None
) -> None:
    client = studio_client(runs)
    values = values_of(runs, steps=100_000)
    answer = client.post("/api/start", json={"values": values})
    assert answer.json() == {"run": "job"}
    run_dir = runs / "job"
    assert state_of(run_dir).name == "running"
    assert client.post("/api/start", json={"values": values}).status_code == 400
    assert client.post("/api/runs/job/resume").status_code == 409
    metrics = run_dir / "pretrain" / "metrics.jsonl"
    wait_until(lambda: metrics.is_file() and metrics.read_bytes().count(b"\n") > 5)
    row = next(row for row in client.get("/api/runs").json()["runs"] if row["name"] == "job")
    assert (row["state"], row["stage"], row["num_steps"]) == ("running", "pretrain", 100_000)

    assert client.post("/api/runs/job/stop").json()["pid"] == running_pid(run_dir)
    wait_until(lambda: running_pid(run_dir) is None)
    wait_until(lambda: (job := read_job(run_dir)) is not None and job.exit_code is not None)
    job = read_job(run_dir)
    assert job is not None and (job.exit_code, job.has_failed) == (130, False)
    assert state_of(run_dir).name == "stopped"
    assert "yanmo run" in client.get("/api/runs/job/log").json()["text"]
    kept = {checkpoint["step"] for checkpoint in client.get("/api/runs/job").json()["checkpoints"]}
    stopped_at = max(kept)

    assert client.post("/api/runs/job/resume").status_code == 200
    wait_until(lambda: running_pid(run_dir) is not None)
    wait_until(lambda: (state_of(run_dir).stage, b"\n") and last_step(metrics) > stopped_at + 3)
    client.post("/api/runs/job/stop")
    wait_until(lambda: running_pid(run_dir) is None)
    detail = client.get("/api/runs/job").json()
    assert any(incident["step"] == stopped_at for incident in detail["incidents"])


def last_step(metrics: Path) -> int:
    """The step of the last whole row."""
    lines = metrics.read_bytes().splitlines()
    for line in reversed(lines):
        try:
            return int(json.loads(line)["step"])
        except ValueError:
            continue
    return -1


@pytest.mark.slow
def test_a_job_that_fails_says_why(runs: Path, studio_client: Open, ended_at_last: None) -> None:
    client = studio_client(runs)
    values = values_of(runs, steps=10)
    values["corpus"]["sources"] = [{"kind": "files", "paths": ["/nowhere/text.txt"]}]
    assert client.post("/api/start", json={"values": values}).status_code == 200
    run_dir = runs / "job"
    wait_until(lambda: (job := read_job(run_dir)) is not None and job.exit_code is not None)
    assert state_of(run_dir).name == "failed"
    assert "/nowhere/text.txt" in client.get("/api/runs/job/log").json()["text"]


def test_a_run_of_a_terminal_is_known_by_its_lock(runs: Path) -> None:
    run_dir = runs / "tiny"
    assert running_pid(run_dir) is None
    with hold_lock(run_dir):
        assert running_pid(run_dir) == os.getpid()
        assert state_of(run_dir).name == "running"
    assert state_of(run_dir).name == "finished"


def test_another_process_with_the_number_of_an_ended_run_is_left_alone(runs: Path) -> None:
    (runs / "tiny" / ".lock").write_text(str(os.getppid()))
    assert running_pid(runs / "tiny") is None


def test_what_is_not_going_on_cannot_be_stopped(runs: Path, studio_client: Open) -> None:
    answer = studio_client(runs).post("/api/runs/tiny/stop")
    assert (answer.status_code, answer.json()["error"]["what"]) == (409, "this run is not going on")
    with pytest.raises(Exception, match="not going on"):
        stop_run(runs / "tiny")


def test_a_damaged_job_file_is_no_job(runs: Path) -> None:
    (runs / "tiny" / JOB_NAME).write_text('{"command": ["run"]')
    assert read_job(runs / "tiny") is None
    assert state_of(runs / "tiny").name == "finished"


def test_a_log_is_read_on_without_cutting_a_character(runs: Path, studio_client: Open) -> None:
    client = studio_client(runs)
    log = runs / "tiny" / LOG_NAME
    whole = "训练开始 step 1\n".encode()
    seen, size = "", 0
    for end in range(1, len(whole) + 1):
        log.write_bytes(whole[:end])
        part = client.get(f"/api/runs/tiny/log?after={size}").json()
        seen, size = seen + part["text"], part["size"]
    assert seen.encode() == whole
