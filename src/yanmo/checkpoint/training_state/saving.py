"""One save, as all processes carry it out together; the order of its steps is what keeps it safe.

1. The first process makes `.tmp-N`. 2. Each process writes its pieces there, forces them to the
disk, reads them back and hashes them. 3. The first process writes the manifest, asks whether it
still is the only writer, renames the folder to `step-N` and forces that to the disk. 4. Only then
are old checkpoints removed. Whatever moment a process is killed at, every folder `step-*` is whole.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.checkpoint.training_state.agreement import attempt, raise_together
from yanmo.checkpoint.training_state.layout import TensorInfo
from yanmo.checkpoint.training_state.lease import Lease
from yanmo.checkpoint.training_state.manifest import (
    MANIFEST_NAME,
    STATE_NAME,
    STEP_PREFIX,
    Chunk,
    Manifest,
    list_checkpoints,
)
from yanmo.checkpoint.training_state.retention import (
    RetentionPolicy,
    remove_leftovers,
    remove_superseded,
    set_aside,
)
from yanmo.checkpoint.training_state.state_hash import add_sums, from_hex, to_hex
from yanmo.checkpoint.training_state.writing import Piece, write_durably, write_pieces
from yanmo.core.errors import RunError, YanmoError
from yanmo.core.files import fsync_directory
from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks


@dataclass(frozen=True)
class SaveJob:
    """What one process brings to a save.

    Attributes:
        step: optimiser steps done.
        pieces: what this process writes.
        infos: every tensor of the run, by group and name.
        state_text: what is no tensor, as JSON.
        metric: what checkpoints are compared by, lower is better.
    """

    step: int
    pieces: Sequence[Piece]
    infos: Mapping[str, Mapping[str, TensorInfo]]
    state_text: str
    metric: float | None


def write_checkpoint(
    directory: Path,
    job: SaveJob,
    ranks: Ranks,
    policy: RetentionPolicy,
    lease: Lease,
) -> Path:
    """Write a checkpoint below `directory` and remove those that it supersedes.

    Every process calls it, and all return or raise together.

    Raises:
        RunError: a disk is full or broken, or another writer has taken over; earlier checkpoints
            are untouched.
    """
    final = directory / f"{STEP_PREFIX}{job.step:08d}"
    temporary = directory / ranks.broadcast_json(temporary_name(job.step, lease.token))

    def together(action: Callable[[], Any], *, is_mains: bool) -> Any:
        result, error = None, None
        if ranks.is_main or not is_mains:
            result, error = attempt(action, lambda cause: save_error(cause, final, directory))
        raise_together(ranks, error)
        return result

    def begin() -> None:
        lease.check()
        directory.mkdir(parents=True, exist_ok=True)
        remove_leftovers(directory)
        temporary.mkdir()

    def write() -> dict[str, Any]:
        return write_pieces(temporary, job.pieces, rank=ranks.rank, num_ranks=ranks.size)

    def publish() -> None:
        _write_manifest(temporary, job, written or [])
        lease.check()
        damaged = set_aside(final) if final.exists() else None  # of the same step
        temporary.rename(final)
        fsync_directory(directory)
        if damaged is not None:
            shutil.rmtree(damaged, ignore_errors=True)

    together(begin, is_mains=True)
    try:
        own = together(write, is_mains=False)
        written = ranks.gather_json(own)
        together(publish, is_mains=True)
    except YanmoError:
        if ranks.is_main:
            shutil.rmtree(temporary, ignore_errors=True)  # it would keep a full disk full
        raise
    together(lambda: remove_superseded(directory, final, policy), is_mains=True)
    return final


def temporary_name(step: int, token: str) -> str:
    """Named after the writer too: what has lost its lease must not meddle with its successor's."""
    return f".tmp-{step:08d}-{token[:8]}"


def _write_manifest(temporary: Path, job: SaveJob, written: Sequence[Mapping[str, Any]]) -> None:
    state = [job.state_text.encode()]
    files: dict[str, Any] = {STATE_NAME: write_durably(temporary / STATE_NAME, state)}
    chunks: dict[str, dict[str, list[Chunk]]] = {
        group: {name: [] for name in infos} for group, infos in job.infos.items()
    }
    for entry in written:
        files |= entry["files"]
        for group, name, file, key, offsets, sizes in entry["chunks"]:
            chunks[group][name].append(Chunk(file, key, (tuple(offsets), tuple(sizes))))
    sums = {
        group: add_sums(
            from_hex(entry["sums"][group]) for entry in written if group in entry["sums"]
        )
        for group in job.infos
    }
    manifest = Manifest(
        step=job.step,
        num_ranks=len(written),
        metric=job.metric,
        files=files,
        infos=job.infos,
        chunks=chunks,
        state_hashes={group: to_hex(value) for group, value in sums.items()},
    )
    text = json.dumps(manifest.to_json(), allow_nan=False)
    write_durably(temporary / MANIFEST_NAME, [text.encode()])
    fsync_directory(temporary)


def save_error(error: OSError, final: Path, directory: Path) -> RunError:
    """What a save that ended in `error` tells the user, with the last good checkpoint."""
    kept = list_checkpoints(directory)
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    what = (
        t("the disk is full; this checkpoint was not saved")
        if is_full
        else t("this checkpoint could not be saved")
    )
    last = (
        t("The last good checkpoint is {path}.", path=kept[-1])
        if kept
        else t("There is no earlier checkpoint.")
    )
    return RunError(
        what,
        where=str(final),
        why=str(error),
        hint=last + " " + t("Make room and run the same command again to go on from there."),
    )
