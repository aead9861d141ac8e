"""A run that is killed again and again ends as the run that was left in peace, and a run that
forgets anything does not (C3 of docs/results.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import REPOSITORY

MUTANTS = (
    "dropout",
    "row generators",
    "data position",
    "optimizer",
    "optimizer's counts",
    "schedule",
    "spike window",
    "averaged weights",
)


def run_trials(folder: Path, num_kills: int, *, mutant: str = "none", seed: int = 0) -> Any:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.training.kill_trials",
            folder,
            str(num_kills),
            str(seed),
            mutant,
        ],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_exact(tally: Any, num_kills: int) -> None:
    assert tally["kills"] >= num_kills
    assert tally["identical"] == tally["runs"], tally["differences"]
    assert tally["replay_conflicts"] == 0
    assert tally["lost_beyond_interval"] == 0


@pytest.mark.slow
def test_twenty_kills_leave_no_trace(tmp_path: Path) -> None:
    tally = run_trials(tmp_path, 20)
    assert_exact(tally, 20)
    assert tally["mid_save"] >= 2


@pytest.mark.nightly
@pytest.mark.timeout(1600)
def test_two_hundred_kills_leave_no_trace(tmp_path: Path) -> None:
    tally = run_trials(tmp_path, 200, seed=1)
    assert_exact(tally, 200)
    assert tally["mid_save"] >= 0.2 * tally["kills"]
    assert tally["with_checkpoint"] >= 0.9 * tally["kills"]
    print(tally)


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_what_is_forgotten_is_noticed(tmp_path: Path, mutant: str) -> None:
    tally = run_trials(tmp_path, 4, mutant=mutant)
    assert tally["with_checkpoint"] >= 1
    assert tally["identical"] < tally["runs"]
