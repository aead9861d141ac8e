"""Checkpoints of a training run: atomic, checksummed, never overwritten.

Protocol: files go into `.tmp-N` and are fsynced one by one; a manifest with their sizes and SHA-256
is written last; the folder is renamed to `step-N` and its parent fsynced; only then are old
checkpoints removed, by a rename first. Whatever moment the process is killed at, the newest folder
without a dot verifies. Loading takes the newest one that does, and says which ones did not.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.tensor_file import load_tensors, tensors_to_bytes
from yanmo.core.errors import CheckpointError, RunError, YanmoError
from yanmo.core.files import fsync_directory, sha256_of_file, sha256_of_json
from yanmo.core.messages import t

FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
STATE_NAME = "state.json"
_STEP_PREFIX = "step-"
_STEP_NAME = re.compile(r"step-[0-9]{8,}")


@dataclass(frozen=True)
class TrainingState:
    """A checkpoint in memory.

    Attributes:
        step: optimiser steps done.
        tensors: groups of named tensors, one file each: `model`, `optimizer`.
        state: everything that is no tensor.
    """

    step: int
    tensors: Mapping[str, Mapping[str, torch.Tensor]]
    state: Mapping[str, Any]


@dataclass(frozen=True)
class LoadedState:
    """The newest checkpoint that verifies, and what was wrong with newer ones."""

    path: Path
    state: TrainingState
    skipped: tuple[str, ...]


def save_training_state(directory: Path, checkpoint: TrainingState, *, keep_last: int) -> Path:
    """Write `checkpoint` below `directory` and remove all but the newest `keep_last`.

    What is saved is the newest from then on: checkpoints of later steps are removed too. A run that
    is here again has passed them over as damaged, and they would hide its progress.

    Raises:
        RunError: the disk is full or cannot be written; earlier checkpoints are untouched.
    """
    assert keep_last >= 1, "the checkpoint that is being saved is kept"
    final = directory / f"{_STEP_PREFIX}{checkpoint.step:08d}"
    temporary = directory / f".tmp-{checkpoint.step:08d}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(directory)
        temporary.mkdir()
        _write_files(temporary, checkpoint)
        if final.exists():
            _remove(final)
        temporary.rename(final)
        fsync_directory(directory)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise _save_error(error, final, directory) from error
    _remove_superseded(directory, final, keep_last)
    return final


def load_latest(directory: Path) -> LoadedState | None:
    """The newest checkpoint below `directory` that verifies, or None where there is none at all.

    Raises:
        CheckpointError: there are checkpoints and every one of them is damaged.
    """
    skipped: list[str] = []
    for path in reversed(list_checkpoints(directory)):
        try:
            return LoadedState(path, load_training_state(path), tuple(skipped))
        except YanmoError as error:
            skipped.append(str(error))
    if skipped:
        raise CheckpointError(
            t("every checkpoint here is damaged"),
            where=str(directory),
            why="; ".join(skipped),
            hint=t("Delete the folder to start this stage again."),
        )
    return None


def load_training_state(path: Path) -> TrainingState:
    """One checkpoint, after its sizes and checksums have been verified.

    Raises:
        CheckpointError: a file is missing, damaged or of another format.
    """
    manifest = _read_manifest(path)
    for name, entry in manifest["files"].items():
        _verify_file(path / name, entry)
    tensors = {
        Path(name).stem: load_tensors(path / name)
        for name in manifest["files"]
        if name.endswith(".safetensors")
    }
    state = json.loads((path / STATE_NAME).read_text(encoding="utf-8"))
    return TrainingState(step=manifest["step"], tensors=tensors, state=state)


def list_checkpoints(directory: Path) -> list[Path]:
    """Folders of finished checkpoints, the oldest first."""
    if not directory.is_dir():
        return []
    found = [path for path in directory.iterdir() if _STEP_NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.removeprefix(_STEP_PREFIX)))


def _write_files(temporary: Path, checkpoint: TrainingState) -> None:
    contents = {
        f"{group}.safetensors": tensors_to_bytes(tensors)
        for group, tensors in checkpoint.tensors.items()
    }
    contents[STATE_NAME] = json.dumps(checkpoint.state, allow_nan=False).encode()
    files: dict[str, dict[str, Any]] = {}
    for name, content in contents.items():
        _write_durably(temporary / name, content)
        files[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {"format_version": FORMAT_VERSION, "step": checkpoint.step, "files": files}
    manifest["sha256"] = sha256_of_json(manifest)
    _write_durably(temporary / MANIFEST_NAME, json.dumps(manifest, indent=2).encode())
    fsync_directory(temporary)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _verify_file(file: Path, entry: Mapping[str, Any]) -> None:
    try:
        if not file.is_file() or file.stat().st_size != entry["bytes"]:
            raise CheckpointError(t("this file is missing or truncated"), where=str(file))
        if sha256_of_file(file) != entry["sha256"]:
            raise CheckpointError(t("the checksum of this file is wrong"), where=str(file))
    except OSError as error:  # a broken disk reports it here
        raise CheckpointError(
            t("this file cannot be read"), where=str(file), why=str(error)
        ) from error


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST_NAME).read_text(encoding="utf-8"))
        claimed = manifest.pop("sha256")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            t("the manifest of this checkpoint cannot be read"), where=str(path), why=str(error)
        ) from error
    if claimed != sha256_of_json(manifest):
        raise CheckpointError(t("the checksum of this checkpoint is wrong"), where=str(path))
    if manifest.get("format_version") != FORMAT_VERSION:
        raise CheckpointError(
            t("this checkpoint was written by another version of yanmo"), where=str(path)
        )
    return manifest


def _remove_superseded(directory: Path, saved: Path, keep_last: int) -> None:
    found = list_checkpoints(directory)
    end = found.index(saved) + 1
    try:
        for path in found[: max(0, end - keep_last)] + found[end:]:
            _remove(path)
    except OSError as error:
        raise RunError(
            t("an old checkpoint could not be removed"),
            where=str(path),
            why=str(error),
            hint=t("The last good checkpoint is {path}.", path=saved),
        ) from error


def _remove(path: Path) -> None:
    """Remove a checkpoint so that a crash leaves it whole or under a name that nobody loads."""
    doomed = path.with_name(f".del-{path.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)  # what is left of it goes with the next save


def _remove_leftovers(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name.startswith((".tmp-", ".del-")):
            shutil.rmtree(path)


def _save_error(error: OSError, final: Path, directory: Path) -> RunError:
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
