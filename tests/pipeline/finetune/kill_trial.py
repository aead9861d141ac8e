"""A fine-tuning under SIGKILL, against the same one in peace: one process that forks the runs.

`python -m tests.pipeline.finetune.kill_trial FOLDER` prints, as JSON, for every kind of task at
which steps the run was killed and whether it ended in the same weights, bit for bit.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
from tests.cli.warm_process import load
from tests.pipeline.finetune.small_tasks import recipe_of, run_quietly, save_base, write_task

from yanmo.pipeline.recipe import Recipe

STEPS = 30
KILL_AT = (8, 19)
FAMILIES = {"classification": "bert", "conversations": "qwen3", "translation": "t5"}
_LONGEST_S = 120.0


def recipe_for(folder: Path, kind: str) -> Recipe:
    """Everything that must survive: dropout, noise on texts, averages, the best weights."""
    base = folder / "base"
    if not base.exists():
        save_base(base, FAMILIES[kind], dropout=0.1)
    settings: dict[str, Any] = {
        "init_from": str(base),
        "steps": STEPS,
        "validate_every": 4,
        "checkpoint_every": 3,
        "ema_decay": 0.9,
        "early_stopping": {"patience": 50},
    }
    if kind == "classification":
        settings |= {"augment": {"strength": 0.3}, "method": "lora", "lora": {"dropout": 0.1}}
    if kind == "conversations":
        settings |= {"packing": True}
    if kind == "translation":
        settings |= {"seq2seq": {"label_smoothing": 0.1}, "select_by": "loss"}
    return recipe_of({"own": write_task(folder, kind)}, {"own": settings})


def fork(recipe: Recipe, out: Path) -> int:
    """Begin a run, or go on with it, in a process of its own."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        run_quietly(recipe, out)
        code = 0
    except BaseException as error:
        (out / "error").write_text(repr(error))
    finally:
        os._exit(code)


def steps_done(out: Path) -> int:
    path = out / "finetune/own/metrics.jsonl"
    return path.read_bytes().count(b'"train/loss"') if path.exists() else 0


def kill_at(pid: int, out: Path, step: int) -> int:
    """Kill a run once it has done so many steps; gives those that it had done then."""
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline and steps_done(out) < step:
        ended, _ = os.waitpid(pid, os.WNOHANG)
        assert not ended, (out / "error").read_text()
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return steps_done(out)


def end(pid: int, out: Path) -> dict[str, bytes]:
    """Wait for a run; gives all weights that it ended with, by file."""
    _, status = os.waitpid(pid, 0)
    assert status == 0, (out / "error").read_text()
    stage = out / "finetune/own"
    return {
        path.relative_to(stage).as_posix(): path.read_bytes()
        for path in (*stage.glob("model/*.safetensors"), *stage.glob("adapter/*.safetensors"))
    }


def try_kind(folder: Path, kind: str) -> dict[str, Any]:
    """Kill a run twice, and compare what it ends with."""
    folder.mkdir()
    recipe = recipe_for(folder, kind)
    peace, killed = folder / "peace", folder / "killed"
    peace.mkdir()
    killed.mkdir()
    expected = end(fork(recipe, peace), peace)
    steps = [kill_at(fork(recipe, killed), killed, step) for step in KILL_AT]
    found = end(fork(recipe, killed), killed)
    counts = json.loads((killed / "finetune/own/manifest.json").read_text())["counts"]
    return {
        "killed_at": steps,
        "num_resumes": counts["num_resumes"],
        "files": sorted(expected),
        "is_same": found == expected,
    }


if __name__ == "__main__":
    load()  # once for all runs
    torch.set_num_threads(1)
    print(json.dumps({kind: try_kind(Path(sys.argv[1]) / kind, kind) for kind in FAMILIES}))
