"""A run under SIGKILLs, against the same run in peace: one process that forks the runs.

`python -m tests.training.kill_trials FOLDER KILLS SEED MUTANT` imports torch once, forks a run for
each life, kills it after some steps or in the middle of a save, and prints what came of it as JSON.
The run has everything that must survive: dropout, an objective that draws at random, a schedule,
momentum, averaged weights, and a window of losses that decides which steps are skipped. A mutant
forgets one of them when it goes on; the trial must notice.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from tests.training import small_job

from yanmo.training import checkpoints, data, loop, schedule, step
from yanmo.training.config import PretrainConfig
from yanmo.training.guards import spike
from yanmo.training.guards.run_guards import RunGuards
from yanmo.training.guards_config import GuardsConfig
from yanmo.training.kept_weights import AveragedWeights
from yanmo.training.metrics import read_rows
from yanmo.training.objectives.prefix import PrefixObjective

NUM_STEPS = 48
CHECKPOINT_EVERY = 3
SAVE_KILL_PROB = 0.35
_POLL_S = 0.0005
_LONGEST_LIFE_S = 120.0


@dataclass
class Tally:
    """What the kills hit, over all runs."""

    kills: int = 0
    mid_save: int = 0
    with_checkpoint: int = 0
    lost_beyond_interval: int = 0
    replay_conflicts: int = 0
    runs: int = 0
    identical: int = 0
    differences: list[str] | None = None


def build_config() -> PretrainConfig:
    return small_job.build_config(
        steps=NUM_STEPS,
        checkpoint_every=CHECKPOINT_EVERY,
        validate_every=8,
        sample_every=None,
        micro_batch_rows=4,
        ema_decay=0.9,
        guards=GuardsConfig(
            window=8, max_sigmas=0.8, max_skipped_in_a_row=40, gradients_every=None
        ),
    )


class Ledger(data.TrainingData):
    """Training data that writes down which rows each step has taken."""

    def micro_batches(self, config: PretrainConfig, number: int, *rest: Any) -> list[Any]:
        batches = super().micro_batches(config, number, *rest)
        content = b"".join(array.tobytes() for b in batches for _, array in sorted(b.items()))
        line = f"{number} {hashlib.sha256(content).hexdigest()}\n".encode()
        descriptor = os.open(os.environ["YANMO_LEDGER"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(descriptor, line)
        os.close(descriptor)
        return batches


def live(folder: Path, tokens: Path, mutant: str) -> None:
    """One life of the run: from where the one before left, to the end or to a kill."""
    os.environ["YANMO_LEDGER"] = str(folder / "ledger")
    plain = small_job.load_data(tokens)
    objective = PrefixObjective()
    fields = {name: getattr(plain, name) for name in ("train", "validation", "bytes_per_token")}
    spike.MIN_LOSS_RATIO = spike.MIN_GRAD_NORM_RATIO = 1.0  # ordinary noise is to be refused too
    MUTANTS[mutant]()
    config = build_config()
    job = small_job.build_job(folder, Ledger(**fields, objective=objective), config, dropout=0.1)
    loop.train(job, small_job.silent_console())
    digest = hashlib.sha256()
    for name, parameter in sorted(job.model.state_dict().items()):
        digest.update(name.encode() + parameter.numpy().tobytes())
    (folder / "hash").write_text(digest.hexdigest())


def _per_process_seed(*parts: object) -> int:
    return ORIGINAL_SEED_OF(os.getpid(), *parts)


def _patch(owner: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)


class _CountedFromHere:
    """A function of a step that counts from the first one that this process asks for."""

    def __init__(self, function: Callable[..., Any], place: int) -> None:
        self._function, self._place = function, place
        self._first: int | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        number = arguments[self._place]
        self._first = number if self._first is None else self._first
        changed = [*arguments]
        changed[self._place] = number - self._first
        return self._function(*changed, **named)


def _forget_optimizer(model: Any, optimizer: Any, tensors: Any) -> None:
    optimizer.state.clear()


def _forget_counts(model: Any, optimizer: Any, tensors: Any) -> None:
    ORIGINAL_LOAD(model, optimizer, tensors)
    for state in optimizer.state.values():
        state["step"].zero_()


def _average_from_here(average: AveragedWeights, tensors: Any) -> None:
    AveragedWeights.__init__(average, average._model, average._decay)


ORIGINAL_SEED_OF = step.seed_of
ORIGINAL_LOAD = checkpoints.load_optimizer_tensors
ORIGINAL_GENERATORS = data.row_generators
MUTANTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "dropout": _patch(step, "seed_of", _per_process_seed),
    "row generators": _patch(
        data, "row_generators", lambda seed, *rest: ORIGINAL_GENERATORS(f"{os.getpid()}", *rest)
    ),
    "data position": _patch(data, "rows_before", _CountedFromHere(schedule.rows_before, 1)),
    "optimizer": _patch(checkpoints, "load_optimizer_tensors", _forget_optimizer),
    "optimizer's counts": _patch(checkpoints, "load_optimizer_tensors", _forget_counts),
    "schedule": _patch(
        step, "learning_rate_factor", _CountedFromHere(schedule.learning_rate_factor, 1)
    ),
    "spike window": _patch(RunGuards, "load", lambda self, state: None),
    "averaged weights": _patch(AveragedWeights, "load", _average_from_here),
}


def fork_life(folder: Path, tokens: Path, mutant: str) -> int:
    """Start a life; gives its process."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        live(folder, tokens, mutant)
        code = 0
    except BaseException as error:
        (folder / "error").write_text(repr(error))
    finally:
        os._exit(code)


def count_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_in_time(pid: int, folder: Path, generator: random.Random) -> bool:
    """Kill the life some steps on, or while it saves; False when it ended before."""
    saves = folder / "checkpoints"
    is_mid_save = generator.random() < SAVE_KILL_PROB
    goal = count_lines(folder / "ledger") + generator.randint(1, NUM_STEPS // 3)
    skipped_saves = generator.randint(0, 3)
    deadline = time.monotonic() + _LONGEST_LIFE_S
    was_saving = False
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            assert status == 0, (folder / "error").read_text()
            return False
        is_saving = saves.is_dir() and any(p.name.startswith(".tmp-") for p in saves.iterdir())
        if is_mid_save and is_saving and not was_saving:
            skipped_saves -= 1
            if skipped_saves < 0:
                time.sleep(generator.random() * 0.004)
                break
        if not is_mid_save and count_lines(folder / "ledger") >= goal:
            time.sleep(generator.random() * 0.01)
            break
        was_saving = is_saving
        time.sleep(_POLL_S)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def note_kill(tally: Tally, folder: Path) -> None:
    saves = folder / "checkpoints"
    names = [path.name for path in saves.iterdir()] if saves.is_dir() else []
    tally.kills += 1
    tally.mid_save += any(name.startswith(".tmp-") for name in names)
    newest = max((int(n.removeprefix("step-")) for n in names if n.startswith("step-")), default=0)
    tally.with_checkpoint += newest > 0
    done = max((row["step"] for row in read_rows(folder / "metrics.jsonl")), default=0)
    # The save of the step that has just ended may itself have been hit.
    tally.lost_beyond_interval += done - newest > CHECKPOINT_EVERY


def read_outcome(folder: Path) -> dict[str, Any]:
    """What a run ended with: weights, losses and the rows of each step."""
    rows = [row for row in read_rows(folder / "metrics.jsonl") if "validation/loss" not in row]
    ledger: dict[str, set[str]] = {}
    for line in (folder / "ledger").read_text().splitlines():
        number, digest = line.split()
        ledger.setdefault(number, set()).add(digest)
    return {
        "hash": (folder / "hash").read_text(),
        "losses": [(row["step"], row.get("train/loss"), row.get("train/skipped")) for row in rows],
        "ledger": {number: sorted(digests) for number, digests in ledger.items()},
    }


def run_in_peace(folder: Path, tokens: Path, mutant: str) -> dict[str, Any]:
    pid = fork_life(folder, tokens, mutant)
    _, status = os.waitpid(pid, 0)
    assert status == 0, (folder / "error").read_text()
    return read_outcome(folder)


def main(root: Path, num_kills: int, seed: int, mutant: str) -> Tally:
    """Kill until `num_kills` kills have left a mark; compare each run with the one in peace."""
    torch.set_num_threads(1)
    tokens = root / "tokens"
    tokens.mkdir(parents=True)
    small_job.write_tokens(tokens)
    (root / "peace").mkdir()
    expected = run_in_peace(root / "peace", tokens, "none")
    assert any(skipped for _, _, skipped in expected["losses"]), "no step was ever skipped"
    generator = random.Random(seed)
    tally = Tally(differences=[])
    while tally.kills < num_kills:
        folder = root / f"run-{tally.runs}"
        folder.mkdir()
        pid = fork_life(folder, tokens, mutant)
        while kill_in_time(pid, folder, generator):
            note_kill(tally, folder)
            pid = fork_life(folder, tokens, mutant)
        tally.runs += 1
        found = read_outcome(folder)
        tally.replay_conflicts += sum(len(digests) > 1 for digests in found["ledger"].values())
        different = [key for key in expected if found[key] != expected[key]]
        tally.identical += not different
        tally.differences = [*(tally.differences or []), *different]
        shutil.rmtree(folder)
    return tally


if __name__ == "__main__":
    import_module("torch._dynamo")  # or every life would, when it makes its optimiser
    counted = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    print(json.dumps(vars(replace(counted))))
