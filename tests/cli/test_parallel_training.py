"""Training by several processes as a user meets it: the same model, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine

from yanmo.checkpoint.tensor_file import load_tensors
from yanmo.core.files import sha256_of_file

RECIPE = '[[corpus.sources]]\nkind = "files"\npaths = ["text.txt"]\n'
STEPS = ["pretrain.batch_rows=4", "pretrain.steps=40", "pretrain.checkpoint_every=5"]
WEIGHTS = Path("pretrain") / "model" / "model.safetensors"


@pytest.fixture
def recipe(yanmo: CommandLine, text_file: Path) -> Path:
    path = yanmo.folder / "small.toml"
    path.write_text(RECIPE)
    return path


def losses(run_dir: Path) -> list[float]:
    rows = (run_dir / "pretrain" / "metrics.jsonl").read_text().splitlines()
    return [row["train/loss"] for row in map(json.loads, rows) if "train/loss" in row]


def ranks_of(process: subprocess.Popen[str]) -> list[int]:
    """Processes that a command has started."""
    done = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True)
    return [int(pid) for pid in done.stdout.split()]


def wait_for_checkpoint(run_dir: Path, process: subprocess.Popen[str]) -> None:
    folder = run_dir / "pretrain" / "checkpoints"
    deadline = time.monotonic() + 150
    while not any(folder.glob("step-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.02)


@pytest.mark.slow
def test_two_processes_train_the_model_of_one(yanmo: CommandLine, recipe: Path) -> None:
    assert yanmo("run", recipe, *SMALL, *STEPS, "--out", "one").code == 0
    ended = yanmo("run", recipe, *SMALL, *STEPS, "parallel.shard=2", "--out", "two")
    assert ended.code == 0, ended.err
    assert "2 processes" in ended.err
    pairs = zip(losses(yanmo.folder / "one"), losses(yanmo.folder / "two"), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 1e-4
    one, two = (load_tensors(yanmo.folder / name / WEIGHTS) for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert all(tensor.shape == two[name].shape for name, tensor in one.items())
    # What one process has made is up to date for two.
    again = yanmo("run", recipe, *SMALL, *STEPS, "parallel.shard=2", "--out", "one", "--dry-run")
    assert again.out.count("up to date") == 5


@pytest.mark.slow
def test_a_killed_rank_restarts_all_and_the_weights_are_the_same(
    yanmo: CommandLine, recipe: Path
) -> None:
    settings = [*SMALL, *STEPS, "parallel.shard=2", "pretrain.steps=60"]
    assert yanmo("pretrain", recipe, *settings, "--out", "quiet").code == 0
    running = yanmo.start("pretrain", recipe, *settings, "--out", "killed")
    wait_for_checkpoint(yanmo.folder / "killed", running)
    os.kill(ranks_of(running)[1], signal.SIGKILL)
    _, err = running.communicate(timeout=200)
    assert running.returncode == 0, err
    assert "SIGKILL" in err
    names = ("quiet", "killed")
    hashes = [sha256_of_file(yanmo.folder / name / WEIGHTS) for name in names]
    assert hashes[0] == hashes[1]
    assert losses(yanmo.folder / "quiet") == losses(yanmo.folder / "killed")


@pytest.mark.slow
def test_a_preempted_run_goes_on_with_another_number_of_processes(
    yanmo: CommandLine, recipe: Path
) -> None:
    settings = [*SMALL, *STEPS, "pretrain.steps=150"]
    assert yanmo("pretrain", recipe, *settings, "--out", "alone").code == 0
    running = yanmo.start("pretrain", recipe, *settings, "parallel.shard=2", "--out", "moved")
    wait_for_checkpoint(yanmo.folder / "moved", running)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=100)
    assert running.returncode == 130, err
    assert "checkpoint is saved" in err
    assert yanmo("pretrain", recipe, *settings, "--out", "moved").code == 0
    pairs = zip(losses(yanmo.folder / "alone"), losses(yanmo.folder / "moved"), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 1e-3


def test_what_does_not_divide_is_refused_before_anything_runs(
    yanmo: CommandLine, recipe: Path
) -> None:
    message = yanmo.refused("run", recipe, *SMALL, "parallel.shard=3")
    assert "batch_rows" in message
    assert not (yanmo.folder / "runs").exists()
    assert "parallel" in yanmo.refused("run", recipe, *SMALL, "parallel.tensor=5")
