"""One checkpoint into tensors of any layout, trusted only after it has proven itself.

Every file is hashed by one process, and one that finds a wrong one stops all. What has been read is
then hashed again as values, on the mesh of now, and must give what was saved on the mesh of then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.training_state.agreement import attempt, raise_together
from yanmo.checkpoint.training_state.layout import Groups, TensorInfo, keyed_pieces
from yanmo.checkpoint.training_state.manifest import (
    STATE_NAME,
    DamagedCheckpoint,
    Manifest,
    check_manifest,
    read_manifest_json,
    verify_file,
)
from yanmo.checkpoint.training_state.reading import (
    Infos,
    Targets,
    check_targets,
    read_into,
    whole_targets,
)
from yanmo.checkpoint.training_state.state_hash import add_sums, from_hex, piece_sums, to_hex
from yanmo.core.errors import CheckpointError
from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks


@dataclass(frozen=True)
class TrainingState:
    """A checkpoint in memory.

    Attributes:
        step: optimiser steps done.
        tensors: groups of named tensors, plain or distributed: `model`, `optimizer`.
        state: everything that is no tensor, as JSON can carry it.
        metric: what checkpoints are compared by, lower is better; None where it was not measured.
    """

    step: int
    tensors: Groups
    state: Mapping[str, Any] = field(default_factory=dict)
    metric: float | None = None


def load_checkpoint(path: Path, targets: Targets, ranks: Ranks) -> TrainingState:
    """Fill the tensors that `targets` gives from the checkpoint `path`. Every process calls it, and
    all return or raise together.

    Args:
        targets: called with what the checkpoint holds; gives this process's tensors by group. All
            processes together must ask for all tensors of each group that one of them asks for.

    Raises:
        DamagedCheckpoint: it is not what was written.
        CheckpointError: it does not fit the targets.
    """
    content, error = None, None
    if ranks.is_main:
        content, error = attempt(lambda: read_manifest_json(path), _unreadable(path))
    raise_together(ranks, error)
    manifest = check_manifest(ranks.broadcast_json(content), path)
    _, error = attempt(lambda: _verify_share(path, manifest, ranks), _unreadable(path))
    raise_together(ranks, error)

    state, error = None, None
    if ranks.is_main:
        state, error = attempt(lambda: _read_state(path), _unreadable(path))
    raise_together(ranks, error)
    state = ranks.broadcast_json(state)

    def fill() -> Groups:
        groups = targets(manifest.infos)
        check_targets(manifest, groups, path)
        read_into(path, manifest, groups)
        return groups

    groups, error = attempt(fill, _unreadable(path))
    raise_together(ranks, error)
    _check_all_asked_for(path, manifest.infos, groups, ranks)
    _prove(path, manifest, groups, ranks)
    return TrainingState(manifest.step, groups, state, manifest.metric)


def load_full(path: Path, groups: Collection[str] | None = None) -> TrainingState:
    """One checkpoint as whole tensors on the CPU, in one process, for tools that look at it.

    Args:
        groups: which groups; all of them when None.

    Raises:
        CheckpointError: a file is missing, damaged or of another format.
    """

    def targets(infos: Infos) -> dict[str, dict[str, torch.Tensor]]:
        return whole_targets({g: i for g, i in infos.items() if groups is None or g in groups})

    return load_checkpoint(path, targets, Ranks.alone())


def _verify_share(path: Path, manifest: Manifest, ranks: Ranks) -> None:
    """Hash this process's share of the files: the largest first, each to the least loaded."""
    loads = [0] * ranks.size
    for name in sorted(manifest.files, key=lambda name: (-manifest.files[name]["bytes"], name)):
        rank = loads.index(min(loads))
        loads[rank] += manifest.files[name]["bytes"]
        if rank == ranks.rank:
            verify_file(path / name, manifest.files[name])


def _read_state(path: Path) -> Any:
    try:
        return json.loads((path / STATE_NAME).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedCheckpoint(
            t("this file cannot be read"), where=str(path / STATE_NAME), why=str(error)
        ) from error


def _check_all_asked_for(path: Path, infos: Infos, groups: Groups, ranks: Ranks) -> None:
    wanted = [group for group in infos if group in groups]
    names = [(group, name) for group in wanted for name in infos[group]]
    if not names:
        return
    asked = ranks.max([float(name in groups[group]) for group, name in names])
    left = [name for (_, name), is_asked in zip(names, asked, strict=True) if not is_asked]
    if left:
        raise CheckpointError(
            t("this checkpoint does not fit the model"),
            where=str(path),
            why=t("the model has no place for {name}", name=left[0]),
            hint=t("Train with the settings that it was saved with, or begin anew."),
        )


def _prove(path: Path, manifest: Manifest, groups: Groups, ranks: Ranks) -> None:
    """Hash what has been read, on every process that holds it, and compare with what was saved."""
    own: list[Any] = []
    for (group, name, (offsets, sizes)), values in keyed_pieces(groups):
        info: TensorInfo = manifest.infos[group][name]
        sums = piece_sums(name, info.shape, offsets, values)
        own.append([group, name, list(offsets), list(sizes), to_hex(sums)])
    gathered = ranks.gather_json(own)
    error = _difference(path, manifest, gathered) if gathered is not None else None
    raise_together(ranks, error)


def _difference(
    path: Path, manifest: Manifest, gathered: list[list[Any]]
) -> DamagedCheckpoint | None:
    parts: dict[str, dict[Any, str]] = {}
    for group, name, offsets, sizes, sums in (piece for pieces in gathered for piece in pieces):
        key = name, tuple(offsets), tuple(sizes)
        known = parts.setdefault(group, {}).setdefault(key, sums)
        if known != sums:
            return DamagedCheckpoint(
                t("two processes have read different values"), where=str(path), why=name
            )
    for group, pieces in parts.items():
        found = to_hex(add_sums(map(from_hex, pieces.values())))
        if found != manifest.state_hashes.get(group):
            return DamagedCheckpoint(
                t("the values that were read are not those that were saved"),
                where=str(path),
                why=group,
            )
    return None


def _unreadable(path: Path) -> Callable[[OSError], DamagedCheckpoint]:
    def explain(error: OSError) -> DamagedCheckpoint:
        return DamagedCheckpoint(t("this file cannot be read"), where=str(path), why=str(error))

    return explain
