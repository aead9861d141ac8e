"""Copies that train apart, as a user meets them: staleness in the log, and exact resumption."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine

from yanmo.core.files import sha256_of_file

APART = [
    "pretrain.batch_rows=4",
    "pretrain.steps=40",
    "pretrain.checkpoint_every=10",
    "pretrain.validate_every=10",
    "parallel.replicate=2",
    "parallel.local_sgd.sync_every=5",
]
WEIGHTS = Path("pretrain") / "model" / "model.safetensors"


@pytest.fixture
def recipe(yanmo: CommandLine, text_file: Path) -> Path:
    path = yanmo.folder / "small.toml"
    path.write_text(f'[[corpus.sources]]\nkind = "files"\npaths = ["{text_file.name}"]\n')
    return path


@pytest.mark.nightly
def test_copies_learn_apart_and_a_stopped_run_goes_on_exactly(
    yanmo: CommandLine, recipe: Path
) -> None:
    assert yanmo("pretrain", recipe, *SMALL, *APART, "--out", "quiet").code == 0
    content = (yanmo.folder / "quiet" / "pretrain" / "metrics.jsonl").read_text()
    rows = [row for row in map(json.loads, content.splitlines()) if "train/loss" in row]
    assert [row["train/staleness"] for row in rows] == [step % 5 for step in range(1, 41)]
    assert rows[-1]["train/loss"] < rows[0]["train/loss"] - 0.2

    running = yanmo.start("pretrain", recipe, *SMALL, *APART, "--out", "stopped")
    checkpoints = yanmo.folder / "stopped" / "pretrain" / "checkpoints"
    deadline = time.monotonic() + 150
    while not any(checkpoints.glob("step-*")):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=100)
    assert running.returncode == 130, err
    assert yanmo("pretrain", recipe, *SMALL, *APART, "--out", "stopped").code == 0
    hashes = [sha256_of_file(yanmo.folder / name / WEIGHTS) for name in ("quiet", "stopped")]
    assert hashes[0] == hashes[1]


def test_checkpoints_between_averages_are_refused(yanmo: CommandLine, recipe: Path) -> None:
    settings = [*SMALL, *APART, "pretrain.checkpoint_every=7"]
    assert "checkpoint_every = 7 steps" in yanmo.refused("run", recipe, *settings)
    alone = [*SMALL, "parallel.local_sgd.sync_every=2"]
    assert "there is one" in yanmo.refused("run", recipe, *alone)
