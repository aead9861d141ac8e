"""With clients who leave, dawdle and talk nonsense, nothing is lost, mixed up or leaked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "serve_load.py"


@pytest.mark.slow
def test_many_clients_get_what_each_gets_alone_and_slots_are_free_at_the_end(
    learned: Path, tmp_path: Path
) -> None:
    words = [str(learned), "--seconds", "8", "--clients", "24", "--tokens", "20", "--json"]
    serve = ["--serve", "--slots 4 --threads 1 --max-waiting 12"]
    done = subprocess.run(
        [sys.executable, SCRIPT, *words, *serve],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1", "YANMO_LANG": "en"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert found["exit_code"] == 0
    assert found["requests"].get("lost", 0) == 0
    for way in ("streamed", "answered whole", "left", "nonsense refused"):
        assert found["requests"][way] > 0
    assert found["first_token_ms"]["95"] >= found["first_token_ms"]["50"] > 0
