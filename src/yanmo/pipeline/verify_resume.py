"""The proof that a run survives being killed: SIGKILL it again and again, then compare.

A short run is trained once in peace. The same run is then trained by processes that are killed
without warning, some at random moments and some in the middle of writing a checkpoint, each going
on from what the one before left. Losses and final weights must come out identical.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from yanmo.checkpoint.training_state import list_checkpoints
from yanmo.core.console import Console
from yanmo.core.errors import RunError
from yanmo.core.files import write_atomically
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import t
from yanmo.core.toml_text import to_toml
from yanmo.pipeline.life import run
from yanmo.pipeline.recipe import Recipe
from yanmo.training.length import fit_to_steps
from yanmo.training.metrics import read_rows

CHECKPOINT_EVERY = 2
SAVE_KILL_PROB = 0.4
"""Share of kills that wait for a checkpoint that is being written."""
_POLL_S = 0.002
_LONGEST_LIFE_S = 600.0


@dataclass(frozen=True)
class ResumeVerdict:
    """What the trial found. `num_mid_save` kills hit a checkpoint that was being written;
    `num_with_checkpoint` left one to go on from. A run that ends early takes fewer kills."""

    num_kills: int
    num_mid_save: int
    num_with_checkpoint: int
    num_steps: int
    expected_hash: str
    found_hash: str
    first_difference: int | None

    @property
    def is_exact(self) -> bool:
        """Whether every loss and the final weights are identical."""
        return self.expected_hash == self.found_hash and self.first_difference is None

    def describe(self) -> str:
        """The verdict in words."""
        kills = t(
            "{kills} {kills:kill|kills}, {saves} of them while a checkpoint was written,"
            " {resumed} with a"
            " checkpoint to go on from; {steps} steps",
            kills=self.num_kills,
            saves=self.num_mid_save,
            resumed=self.num_with_checkpoint,
            steps=self.num_steps,
        )
        if not self.num_with_checkpoint:
            kills += "\n" + t(
                "no kill left a checkpoint to go on from: raise --steps to prove more"
            )
        if self.is_exact:
            same = t(
                "every loss and the final weights are identical: {hash}",
                hash=self.expected_hash[:16],
            )
            return f"{kills}\n{same}"
        step = self.first_difference if self.first_difference is not None else "-"
        different = t(
            "NOT identical: weights {expected} and {found}, first different loss at step {step}",
            expected=self.expected_hash[:16],
            found=self.found_hash[:16],
            step=step,
        )
        return f"{kills}\n{different}"


@dataclass
class _Kills:
    num_kills: int = 0
    num_mid_save: int = 0
    num_with_checkpoint: int = 0


def verify_resume(
    recipe: Recipe,
    *,
    num_kills: int,
    num_steps: int,
    seed: int,
    out: Path | None,
    console: Console,
) -> ResumeVerdict:
    """Train `num_steps` steps in peace and under `num_kills` SIGKILLs, and compare.

    Args:
        recipe: its corpus, tokenizer and model are used; its training is shortened.
        seed: decides when the kills come.
        out: where to work; a temporary folder that is removed at the end when None.

    Raises:
        RunError: a process ended by itself with an error.
    """
    with ExitStack() as stack:
        if out is None:
            out = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yanmo-verify-")))
        out.mkdir(parents=True, exist_ok=True)
        short = _shorten(recipe, num_steps)
        peace, killed = out / "peace", out / "killed"
        for directory in (peace, killed):
            shutil.rmtree(directory, ignore_errors=True)
        console.note(t("training {steps} steps without interruption", steps=num_steps))
        run(short, out=peace, until="pretrain", console=Console(is_quiet=True))
        for stage in ("corpus", "tokenizer", "tokens"):
            shutil.copytree(peace / stage, killed / stage)
        recipe_path = out / "recipe.toml"
        write_atomically(recipe_path, to_toml(short))
        kills = _train_under_fire(
            recipe_path, killed, num_kills, num_steps, random.Random(seed), console
        )
        console.end_progress()
        return ResumeVerdict(
            num_kills=kills.num_kills,
            num_mid_save=kills.num_mid_save,
            num_with_checkpoint=kills.num_with_checkpoint,
            num_steps=num_steps,
            expected_hash=_weights_hash(peace),
            found_hash=_weights_hash(killed),
            first_difference=_first_difference(peace, killed),
        )


def _shorten(recipe: Recipe, num_steps: int) -> Recipe:
    fitted = fit_to_steps(recipe.pretrain, num_steps)
    decides = fitted.schedule.name == "plateau"
    shortened = {
        "checkpoint_every": CHECKPOINT_EVERY,
        "validate_every": fitted.validate_every if decides else num_steps,
        "validation_rows": recipe.pretrain.batch_rows,
        "sample_every": None,
    }
    return recipe.model_copy(update={"pretrain": fitted.model_copy(update=shortened)})


def _train_under_fire(
    recipe_path: Path,
    run_dir: Path,
    num_kills: int,
    num_steps: int,
    moments: random.Random,
    console: Console,
) -> _Kills:
    """Start and kill until `num_kills` are done or the run is over; let a last process finish."""
    checkpoints = run_dir / "pretrain" / "checkpoints"
    metrics = run_dir / "pretrain" / "metrics.jsonl"
    command = [sys.executable, "-m", "yanmo", "pretrain", str(recipe_path), "--out", str(run_dir)]
    longest_advance = 2 * num_steps // (num_kills + 1)
    kills = _Kills()
    while kills.num_kills < num_kills and read_manifest(run_dir / "pretrain") is None:
        console.progress(t("kill {index} of {kills}", index=kills.num_kills + 1, kills=num_kills))
        started_at_ns = time.time_ns()
        process = _start(command, run_dir)
        _wait_until_training(process, metrics, run_dir)
        _wait_for_steps(process, metrics, moments.randint(0, longest_advance))
        if moments.random() < SAVE_KILL_PROB:
            _wait_for_save(process, checkpoints, started_at_ns)
            time.sleep(moments.uniform(0.0, 0.02))
        is_mid_save = _is_saving(checkpoints, started_at_ns)
        if process.poll() is not None:
            break  # it was faster than we are
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills.num_kills += 1
        kills.num_mid_save += is_mid_save
        kills.num_with_checkpoint += bool(list_checkpoints(checkpoints))
    if _start(command, run_dir).wait() != 0:
        raise _process_error(run_dir)
    return kills


def _start(command: list[str], run_dir: Path) -> subprocess.Popen[bytes]:
    with (run_dir / "verify.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _wait_until_training(process: subprocess.Popen[bytes], metrics: Path, run_dir: Path) -> None:
    """Wait for a sign of life of this process: a change of its metrics."""
    before = metrics.stat().st_mtime_ns if metrics.exists() else 0
    deadline = time.monotonic() + _LONGEST_LIFE_S
    while not metrics.exists() or metrics.stat().st_mtime_ns == before:
        if process.poll() not in (None, 0) or time.monotonic() > deadline:
            raise _process_error(run_dir)
        if process.poll() == 0:
            return
        time.sleep(_POLL_S)


def _wait_for_steps(process: subprocess.Popen[bytes], metrics: Path, num_steps: int) -> None:
    """Wait for `num_steps` more lines in the metrics."""
    target = metrics.read_bytes().count(b"\n") + num_steps
    while process.poll() is None and metrics.read_bytes().count(b"\n") < target:
        time.sleep(_POLL_S)


def _wait_for_save(process: subprocess.Popen[bytes], checkpoints: Path, started_at_ns: int) -> None:
    """Wait until a checkpoint is being written."""
    while process.poll() is None and not _is_saving(checkpoints, started_at_ns):
        time.sleep(_POLL_S)


def _is_saving(checkpoints: Path, started_at_ns: int) -> bool:
    """Whether a checkpoint is being written that was begun after `started_at_ns`: what an earlier
    process left half-written does not count."""
    for path in checkpoints.glob(".tmp-*"):
        try:
            if path.stat().st_mtime_ns > started_at_ns:
                return True
        except FileNotFoundError:
            continue  # renamed in this very moment
    return False


def _weights_hash(run_dir: Path) -> str:
    manifest = read_manifest(run_dir / "pretrain")
    return str(manifest.outputs["model/model.safetensors"]["sha256"]) if manifest else "-"


def _first_difference(expected_dir: Path, found_dir: Path) -> int | None:
    """The first step whose training loss differs, or None."""
    expected, found = (
        {row["step"]: row["train/loss"] for row in rows if "train/loss" in row}
        for rows in (
            read_rows(directory / "pretrain" / "metrics.jsonl")
            for directory in (expected_dir, found_dir)
        )
    )
    steps = sorted(expected.keys() | found.keys())
    return next((step for step in steps if expected.get(step) != found.get(step)), None)


def _process_error(run_dir: Path) -> RunError:
    log = run_dir / "verify.log"
    tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    return RunError(
        t("the training process ended by itself"),
        where=str(run_dir),
        why=tail[0] if tail else None,
        hint=t("Its output is in {path}.", path=log),
    )
