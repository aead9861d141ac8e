"""The pretrain stage in processes of our own on this machine, and what they leave for us to read.

Each runs `yanmo.pipeline.rank`. Counts and errors come back as small JSON files in the stage's
folder, so that they read as if this process had done the work itself.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.errors import Interrupted, RunError, YanmoError
from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.parallel.launch import Restart, supervise
from yanmo.pipeline.recipe import Recipe
from yanmo.training.events import append_event, read_events, recorded_end
from yanmo.training.metrics import last_step

STAGE = "pretrain"
_RESULT_NAME = ".result.json"
_ERROR_NAME = ".error-{rank}.json"


def train_in_processes(recipe: Recipe, run_dir: Path, console: Console) -> dict[str, Any]:
    """Start as many processes as the recipe asks for and wait for them; give what they counted.

    Raises:
        Interrupted: they were asked to stop, and saved a checkpoint.
        YanmoError: the error of one of them.
        RunError: they died without a word, more often than the recipe allows.
    """
    directory = run_dir / STAGE
    _clear(directory)

    def tell(restart: Restart) -> None:
        console.warn(restart.describe())
        step = last_step(directory / "metrics.jsonl")
        append_event(directory, "died", step=step, **vars(restart.death), attempt=restart.attempt)

    flags = ["--quiet"] if console.is_quiet else []
    with recorded_end(directory):
        code = supervise(
            [sys.executable, "-m", "yanmo.pipeline.rank", str(run_dir), *flags],
            recipe.parallel.num_processes,
            max_restarts=recipe.parallel.max_restarts,
            on_restart=tell,
        )
    if code:
        error = _error_of(directory, code)
        _clear(directory)
        _record(directory, error)
        raise error
    counts: dict[str, Any] = json.loads((directory / _RESULT_NAME).read_text(encoding="utf-8"))
    _clear(directory)
    return counts


def leave_result(run_dir: Path, counts: dict[str, Any]) -> None:
    """Leave the counts of the stage for the process that waits."""
    write_atomically(run_dir / STAGE / _RESULT_NAME, json.dumps(counts))


def leave_error(run_dir: Path, rank: int, error: YanmoError) -> None:
    """Leave what went wrong on `rank` for the process that waits."""
    parts = {name: getattr(error, name) for name in ("what", "where", "why", "hint")}
    content = json.dumps({"kind": type(error).__name__, **parts})
    write_atomically(run_dir / STAGE / _ERROR_NAME.format(rank=rank), content)


def _error_of(directory: Path, code: int) -> YanmoError:
    """The error of the lowest rank that left one whose exit code is `code`."""
    kinds = {kind.__name__: kind for kind in YanmoError.__subclasses__()}
    for path in sorted(directory.glob(_ERROR_NAME.format(rank="*"))):
        parts = json.loads(path.read_text(encoding="utf-8"))
        kind = kinds.get(parts.pop("kind"), RunError)
        if kind.exit_code == code:
            return kind(parts.pop("what"), **parts)
    if code == Interrupted.exit_code:
        return Interrupted(t("the processes have stopped; a checkpoint is saved"))
    return RunError(
        t("the processes have ended with an error"),
        where=str(directory),
        why=t("exit code {code}; what went wrong stands above", code=code),
    )


def _record(directory: Path, error: YanmoError) -> None:
    """Note what ended the training, where the first process did not: another one had the error."""
    events = read_events(directory)
    if not events or events[-1]["event"] not in ("interrupted", "stopped"):
        with contextlib.suppress(YanmoError), recorded_end(directory):
            raise error


def _clear(directory: Path) -> None:
    for name in (_RESULT_NAME, _ERROR_NAME.format(rank="*")):
        for path in directory.glob(name):
            path.unlink()
