"""A save broken from outside, at the system calls themselves: no patched function is in the way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.checkpoint.training_state.one_process import load_latest
from tests.checkpoint.training_state.thread_ranks import is_of, save_sharded

from yanmo.checkpoint.training_state import list_checkpoints

STRACE = shutil.which("strace")
CALLS = ("fsync", "rename", "mkdir", "link")
"""What nothing but a save calls in such a process."""
REPOSITORY = Path(__file__).resolve().parents[3]

SAVE = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from tests.checkpoint.training_state.thread_ranks import save_sharded
results = save_sharded(Path({directory!r}), 20, {size})
sys.exit(0 if results == [None] * {size} else 3)
"""


def save_under_strace(directory: Path, inject: str | None, size: int = 2) -> tuple[int, str]:
    """Exit code of a process that saves step 20 below `directory`, and the calls it made there."""
    assert STRACE is not None
    trace = directory.parent / f"{directory.name}.trace"
    code = SAVE.format(
        paths=[str(REPOSITORY), str(REPOSITORY / "src")], directory=str(directory), size=size
    )
    injection = [f"--inject={inject}"] if inject else []
    names = ",".join(CALLS)
    command = [STRACE, "-f", "-q", "-o", str(trace), f"--trace={names}", *injection]
    result = subprocess.run(
        [*command, sys.executable, "-c", code],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    return result.returncode, trace.read_text() if trace.exists() else result.stderr


def prepare(directory: Path) -> None:
    directory.mkdir()
    for step in (5, 10):
        assert save_sharded(directory, step, 2) == [None, None]


def check_after(directory: Path) -> int:
    """The newest is whole, the next save works and cleans up; gives the step that was found."""
    loaded = load_latest(directory)
    assert loaded is not None
    assert loaded.skipped == ()
    step = is_of(loaded.state, 2)
    assert step in (10, 20)
    assert save_sharded(directory, 25, 2) == [None, None]
    assert [path.name for path in sorted(directory.iterdir())] == [
        path.name for path in list_checkpoints(directory)
    ]
    return step


@pytest.mark.nightly
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("what", ["signal=SIGKILL", "error=ENOSPC", "error=EIO"])
@pytest.mark.parametrize("call", CALLS)
def test_a_save_broken_at_a_system_call_leaves_the_old_or_the_new(
    tmp_path: Path, call: str, what: str
) -> None:
    prepare(tmp_path / "peace")
    code, trace = save_under_strace(tmp_path / "peace", None)
    assert code == 0, trace
    num_calls = len(re.findall(rf"\b{call}\(", trace))
    assert num_calls >= 1, trace
    for when in range(1, num_calls + 1):
        directory = tmp_path / f"{call}-{when}"
        prepare(directory)
        code, _ = save_under_strace(directory, f"{call}:{what}:when={when}")
        step = check_after(directory)
        assert code != 0 or step == 20
