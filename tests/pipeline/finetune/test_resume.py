"""A fine-tuning that is killed in the middle ends in the weights of one that was left in peace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import REPOSITORY
from tests.pipeline.finetune.kill_trial import FAMILIES, STEPS


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_a_killed_run_ends_in_the_same_weights(tmp_path: Path, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.finetune.kill_trial", tmp_path, kind],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    first, second = told["killed_at"]
    assert 8 <= first < second < STEPS
    assert told["num_resumes"] == 2
    assert told["files"]
    assert told["is_same"]
