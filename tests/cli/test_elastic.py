"""Ranks that are killed, stopped, preempted, fewer or more (C3 and C6 of docs/results.md).

Trials of the night, each a real command with real processes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine

from yanmo.core.files import sha256_of_file

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1800)]

RECIPE = '[[corpus.sources]]\nkind = "files"\npaths = ["text.txt"]\n'
STEPS = [
    "pretrain.batch_rows=4",
    "pretrain.steps=200",
    "pretrain.checkpoint_every=4",
    "pretrain.validate_every=50",
    "model.depth=2",
    "model.d_model=64",
    "model.num_kv_heads=2",
    "parallel.max_restarts=40",
]
MODES = {
    "fsdp": ["parallel.shard=2"],
    "fsdp x tensor": ["parallel.shard=2", "parallel.tensor=2"],
    "pipeline": ["parallel.pipeline=2"],
}
WEIGHTS = Path("pretrain") / "model" / "model.safetensors"
KILLS_PER_RUN = 5


@pytest.fixture
def recipe(yanmo: CommandLine, text_file: Path) -> Path:
    path = yanmo.folder / "small.toml"
    path.write_text(RECIPE)
    assert yanmo("tokens", path, *SMALL, *STEPS, "--out", "base").code == 0
    return path


def begin(yanmo: CommandLine, name: str) -> Path:
    """A run whose tokens are made."""
    run_dir = yanmo.folder / name
    subprocess.run(["cp", "-r", yanmo.folder / "base", run_dir], check=True)
    return run_dir


def children_of(pid: int) -> list[int]:
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(child) for child in done.stdout.split()]


def num_rows(run_dir: Path) -> int:
    path = run_dir / "pretrain" / "metrics.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def losses(run_dir: Path) -> list[float]:
    rows = (run_dir / "pretrain" / "metrics.jsonl").read_text().splitlines()
    return [row["train/loss"] for row in map(json.loads, rows) if "train/loss" in row]


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[str], why: str, timeout_s: float = 180
) -> bool:
    """Whether the condition came true before the process ended."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, why
        time.sleep(0.002)
    return True


def wait_for_rows(run_dir: Path, count: int, process: subprocess.Popen[str]) -> bool:
    """Whether the training wrote as many rows before it ended."""
    return wait_until(lambda: num_rows(run_dir) >= count, process, "it stands still")


def wait_for_restart(run_dir: Path, count: int, process: subprocess.Popen[str]) -> bool:
    """Whether rows after the checkpoint were dropped and written again, as many as there were."""
    why = "it was not started again"
    return wait_until(lambda: num_rows(run_dir) < count, process, why) and wait_for_rows(
        run_dir, count, process
    )


def wait_for_save(run_dir: Path, process: subprocess.Popen[str]) -> bool:
    """Whether a checkpoint was being written before the process ended."""
    return wait_until(lambda: is_saving(run_dir), process, "nothing is saved")


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def is_saving(run_dir: Path) -> bool:
    folder = run_dir / "pretrain" / "checkpoints"
    return folder.is_dir() and any(path.name.startswith(".tmp-") for path in folder.iterdir())


@pytest.mark.parametrize("mode", MODES)
def test_killed_ranks_leave_the_weights_as_they_would_be(
    yanmo: CommandLine, recipe: Path, mode: str
) -> None:
    settings = [*SMALL, *STEPS, *MODES[mode]]
    begin(yanmo, "quiet")
    assert yanmo("pretrain", recipe, *settings, "--out", "quiet").code == 0
    generator = random.Random(mode)
    kills = mid_save = 0
    recoveries: list[float] = []
    for number in range(10 // KILLS_PER_RUN):
        run_dir = begin(yanmo, f"killed-{number}")
        running = yanmo.start("pretrain", recipe, *settings, "--out", run_dir.name)
        for _ in range(KILLS_PER_RUN):
            goal = num_rows(run_dir) + generator.randint(6, 30)
            wait_for_rows(run_dir, goal, running)
            if generator.random() < 0.4:
                wait_for_save(run_dir, running)
            ranks = children_of(running.pid)
            if running.poll() is not None or not ranks:
                break
            was_saving, before = is_saving(run_dir), num_rows(run_dir)
            os.kill(generator.choice(ranks), signal.SIGKILL)
            kills, mid_save = kills + 1, mid_save + was_saving
            killed_at = time.monotonic()
            wait_for_restart(run_dir, before, running)
            recoveries.append(time.monotonic() - killed_at)
        _, err = running.communicate(timeout=300)
        assert running.returncode == 0, err
        assert sha256_of_file(run_dir / WEIGHTS) == sha256_of_file(yanmo.folder / "quiet" / WEIGHTS)
        assert losses(run_dir) == losses(yanmo.folder / "quiet")
    print(f"{mode}: {kills} kills, {mid_save} mid-save, seconds to recover {recoveries}")
    assert kills >= 10
    assert mid_save >= 0.2 * kills


def test_a_killed_launcher_leaves_no_orphan_and_the_run_goes_on(
    yanmo: CommandLine, recipe: Path
) -> None:
    settings = [*SMALL, *STEPS, "parallel.shard=2"]
    begin(yanmo, "quiet")
    assert yanmo("pretrain", recipe, *settings, "--out", "quiet").code == 0
    run_dir = begin(yanmo, "killed")
    for number in range(5):
        running = yanmo.start("pretrain", recipe, *settings, "--out", "killed")
        goal = num_rows(run_dir) + 12 + number
        assert wait_for_rows(run_dir, goal, running)
        ranks = children_of(running.pid)
        assert len(ranks) == 2
        running.kill()
        running.wait()
        deadline = time.monotonic() + 5
        while any(map(is_alive, ranks)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not any(map(is_alive, ranks))
    assert yanmo("pretrain", recipe, *settings, "--out", "killed").code == 0
    assert sha256_of_file(run_dir / WEIGHTS) == sha256_of_file(yanmo.folder / "quiet" / WEIGHTS)


@pytest.mark.parametrize(("first", "second"), [(4, 2), (2, 4)])
def test_fewer_or_more_processes_go_on_with_the_same_batch(
    yanmo: CommandLine, recipe: Path, first: int, second: int
) -> None:
    settings = [*SMALL, *STEPS, "pretrain.steps=60"]
    begin(yanmo, "alone")
    assert yanmo("pretrain", recipe, *settings, "--out", "alone").code == 0
    run_dir = begin(yanmo, "moved")
    arguments = ("pretrain", recipe, *settings, "--out", "moved")
    running = yanmo.start(*arguments, f"parallel.shard={first}")
    assert wait_for_rows(run_dir, 20, running)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    assert yanmo(*arguments, f"parallel.shard={second}").code == 0
    pairs = list(zip(losses(yanmo.folder / "alone"), losses(run_dir), strict=True))
    assert max(abs(a - b) for a, b in pairs) < 1e-3
    assert max(abs(a - b) for a, b in pairs[:25]) < 1e-5


def test_preemption_saves_in_time_and_goes_on_exactly(yanmo: CommandLine, recipe: Path) -> None:
    settings = [*SMALL, *STEPS, "parallel.shard=2", "pretrain.checkpoint_every=1000"]
    begin(yanmo, "quiet")
    assert yanmo("pretrain", recipe, *settings, "--out", "quiet").code == 0
    run_dir = begin(yanmo, "preempted")
    stops: list[float] = []
    for number in range(10):
        running = yanmo.start("pretrain", recipe, *settings, "--out", "preempted")
        goal = num_rows(run_dir) + 12
        assert wait_for_rows(run_dir, goal, running)
        running.send_signal(signal.SIGUSR1 if number % 2 else signal.SIGTERM)
        asked_at = time.monotonic()
        _, err = running.communicate(timeout=60)
        assert running.returncode == 130, err
        stops.append(time.monotonic() - asked_at)
    print(f"seconds from the wish to stop to the end: {stops}")
    assert yanmo("pretrain", recipe, *settings, "--out", "preempted").code == 0
    assert sha256_of_file(run_dir / WEIGHTS) == sha256_of_file(yanmo.folder / "quiet" / WEIGHTS)


def test_a_stopped_rank_is_noticed_and_all_start_again(yanmo: CommandLine, recipe: Path) -> None:
    settings = [*SMALL, *STEPS, "parallel.shard=2", "pretrain.guards.stall_timeout_s=8"]
    run_dir = begin(yanmo, "stalled")
    running = yanmo.start("pretrain", recipe, *settings, "--out", "stalled")
    assert wait_for_rows(run_dir, 12, running)
    os.kill(children_of(running.pid)[1], signal.SIGSTOP)
    _, err = running.communicate(timeout=180)
    assert running.returncode == 0, err
    assert "process 1" in err
    assert "started again" in err


def test_two_jobs_on_one_folder_do_not_meet(yanmo: CommandLine, recipe: Path) -> None:
    settings = [*SMALL, *STEPS, "parallel.shard=2"]
    run_dir = begin(yanmo, "shared")
    running = yanmo.start("pretrain", recipe, *settings, "--out", "shared")
    assert wait_for_rows(run_dir, 12, running)
    assert "another yanmo process" in yanmo.refused(
        "pretrain", recipe, *settings, "--out", "shared", code=1
    )
    _, err = running.communicate(timeout=180)
    assert running.returncode == 0, err
