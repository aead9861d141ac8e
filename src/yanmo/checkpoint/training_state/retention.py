"""Which checkpoints stay, and how the others go."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yanmo.checkpoint.training_state.manifest import (
    check_manifest,
    list_checkpoints,
    read_manifest_json,
    step_of,
)
from yanmo.core.errors import CheckpointError, RunError
from yanmo.core.files import fsync_directory
from yanmo.core.messages import t


@dataclass(frozen=True)
class RetentionPolicy:
    """What is kept once a newer checkpoint is safe.

    Attributes:
        keep_last: the newest so many.
        keep_every: those of a step that this divides, for good; None for none.
        keeps_best: the one of the lowest metric.
    """

    keep_last: int = 2
    keep_every: int | None = None
    keeps_best: bool = False

    def __post_init__(self) -> None:
        assert self.keep_last >= 1, "the checkpoint that is being saved is kept"
        assert self.keep_every is None or self.keep_every >= 1, "every so many steps"


def superseded(found: Sequence[Path], saved: Path, policy: RetentionPolicy) -> list[Path]:
    """Those of `found`, the oldest first, that go now that `saved` has been read back.

    What is saved is the newest from then on: checkpoints of later steps go too. A run that is here
    again has passed them over as damaged, and they would hide its progress.
    """
    end = found.index(saved) + 1
    earlier, later = found[:end], list(found[end:])
    stay = set(earlier[-policy.keep_last :])
    if policy.keep_every is not None:
        stay |= {path for path in earlier if step_of(path) % policy.keep_every == 0}
    if policy.keeps_best:
        metrics = {path: _metric(path) for path in earlier}
        measured = [(metric, path) for path, metric in metrics.items() if metric is not None]
        stay |= {min(measured)[1]} if measured else set()
    return [path for path in earlier if path not in stay] + later


def remove_superseded(directory: Path, saved: Path, policy: RetentionPolicy) -> None:
    """Remove what `policy` does not keep.

    Raises:
        RunError: a folder cannot be renamed away; `saved` is safe.
    """
    path = saved
    try:
        doomed = []
        for path in superseded(list_checkpoints(directory), saved, policy):
            doomed.append(set_aside(path))
        if doomed:
            fsync_directory(directory)
        for path in doomed:
            shutil.rmtree(path, ignore_errors=True)  # what is left of it goes with the next save
    except OSError as error:
        raise RunError(
            t("an old checkpoint could not be removed"),
            where=str(path),
            why=str(error),
            hint=t("The last good checkpoint is {path}.", path=saved),
        ) from error


def set_aside(path: Path) -> Path:
    """Give a checkpoint a name that nobody loads. Only when that is durable may its files go: so a
    crash leaves it whole or without its name."""
    doomed = path.with_name(f".del-{path.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    return path.rename(doomed)


def remove_leftovers(directory: Path) -> None:
    """Remove what crashes left half written or half removed."""
    for path in directory.iterdir():
        if path.name.startswith((".tmp-", ".del-")):
            shutil.rmtree(path)


def _metric(path: Path) -> float | None:
    try:
        return check_manifest(read_manifest_json(path), path).metric
    except CheckpointError:  # a damaged checkpoint is nobody's best
        return None
