"""A fine-tuning that is killed in the middle ends in the weights of one that was left in peace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from tests.conftest import REPOSITORY
from tests.pipeline.finetune.kill_trial import FAMILIES, STEPS


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was found for each kind of task: one process forks all of the runs."""
    folder = tmp_path_factory.mktemp("trials")
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.finetune.kill_trial", folder],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_a_killed_run_ends_in_the_same_weights(trials: dict[str, Any], kind: str) -> None:
    told = trials[kind]
    first, second = told["killed_at"]
    assert 8 <= first < second < STEPS
    assert told["num_resumes"] == 2
    assert told["files"]
    assert told["is_same"]
