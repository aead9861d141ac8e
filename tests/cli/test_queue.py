"""`yanmo queue` as a user meets it: priorities, preemption that goes on exactly, a memory limit."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import SMALL, CommandLine

from yanmo.core.files import sha256_of_file

RECIPE = '[[corpus.sources]]\nkind = "files"\npaths = ["text.txt"]\n'
LONG = ["pretrain.steps=400", "pretrain.checkpoint_every=50", "pretrain.validate_every=400"]


@pytest.fixture
def recipe(yanmo: CommandLine, text_file: Path) -> Path:
    path = yanmo.folder / "small.toml"
    path.write_text(RECIPE)
    return path


def jobs(yanmo: CommandLine) -> list[dict[str, Any]]:
    return json.loads(yanmo("queue", "ls", "--json").out)


def wait_for_steps(run_dir: Path, process: subprocess.Popen[str]) -> None:
    """Until the training of a run has written a few rows."""
    metrics = run_dir / "pretrain" / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while not metrics.exists() or len(metrics.read_bytes().splitlines()) < 60:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the training did not begin"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_preempted_job_ends_as_if_nothing_had_happened(yanmo: CommandLine, recipe: Path) -> None:
    assert yanmo("run", recipe, *SMALL, *LONG, "--out", "reference").code == 0
    added = yanmo("queue", "add", recipe, *SMALL, *LONG, "--out", "low", "--memory", "1GB")
    assert "job 1" in added.out
    running = yanmo.start("queue", "run", "--memory", "1.5GB", "--jobs", "2")
    wait_for_steps(yanmo.folder / "low", running)
    for name, priority in (("high", 5), ("highest", 9)):
        more = ["--out", name, "--memory", "1GB", "--priority", str(priority)]
        assert yanmo("queue", "add", recipe, *SMALL, *more).code == 0
    _, err = running.communicate(timeout=240)
    assert running.returncode == 0, err
    low, high, highest = jobs(yanmo)
    assert [job["status"] for job in (low, high, highest)] == ["done"] * 3
    assert low["num_preemptions"] >= 1
    assert low["num_starts"] == low["num_preemptions"] + 1
    assert max(job["peak_memory_bytes"] for job in (low, high, highest)) < 1.5e9
    finished = [Path(yanmo.folder / name / "report.html") for name in ("highest", "high", "low")]
    assert sorted(finished, key=lambda path: path.stat().st_mtime) == finished
    names = ("reference", "low")
    weights = [yanmo.folder / n / "pretrain" / "model" / "model.safetensors" for n in names]
    assert sha256_of_file(weights[0]) == sha256_of_file(weights[1])


@pytest.mark.slow
def test_a_stopped_queue_goes_on_where_it_was(yanmo: CommandLine, recipe: Path) -> None:
    yanmo("queue", "add", recipe, *SMALL, *LONG, "--out", "one")
    running = yanmo.start("queue", "run")
    wait_for_steps(yanmo.folder / "one", running)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    (job,) = jobs(yanmo)
    assert job["status"] == "waiting"
    assert "waiting" in yanmo("queue", "ls").out
    assert yanmo("queue", "run").code == 0
    assert jobs(yanmo)[0]["status"] == "done"
    rows = (yanmo.folder / "one" / "pretrain" / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(row)["step"] for row in rows if "train/loss" in row]
    assert steps == list(range(1, 401))


def test_what_cannot_be_run_is_refused_when_it_is_added(yanmo: CommandLine, recipe: Path) -> None:
    yanmo.refused("queue", "add", recipe, "model.depht=3")
    yanmo.refused("queue", "add", recipe, "--memory", "much")
    yanmo.refused("queue", "rm", "7")
    assert yanmo("queue", "add", recipe, *SMALL, "--out", "here").code == 0
    assert "job 1 works" in yanmo.refused("queue", "add", recipe, *SMALL, "--out", "here")
    assert yanmo("queue", "rm", "1").code == 0
    assert "empty" in yanmo("queue", "ls").out


def test_a_job_that_fails_is_said_and_the_others_run(yanmo: CommandLine, recipe: Path) -> None:
    assert yanmo("queue", "add", recipe, *SMALL, "--out", "big", "--memory", "900GB").code == 0
    broken = ["corpus.sources.0.paths=['missing.txt']", "--out", "broken"]
    assert yanmo("queue", "add", recipe, *SMALL, *broken).code == 0
    ended = yanmo("queue", "run")
    assert ended.code == 1
    big, bad = jobs(yanmo)
    assert (big["status"], bad["status"]) == ("failed", "failed")
    assert "GiB" in big["reason"]
    assert bad["exit_code"] == 2
    assert "missing.txt" in (yanmo.folder / "runs" / ".queue" / "job-0002.log").read_text()
