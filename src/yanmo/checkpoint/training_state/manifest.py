"""What the manifest of a checkpoint says, and whether its files are what it says.

A checkpoint is a folder `step-N` of safetensors files, `state.json` and `manifest.json`. The
manifest has the size and SHA-256 of every file, the shape and dtype of every tensor and where its
pieces lie, the logical hash of all values, and its own checksum. Nothing else is ever opened;
nothing is ever unpickled.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.checkpoint.training_state.layout import Box, TensorInfo
from yanmo.core.errors import CheckpointError
from yanmo.core.files import sha256_of_file, sha256_of_json
from yanmo.core.messages import t

FORMAT_VERSION = 2
MANIFEST_NAME = "manifest.json"
STATE_NAME = "state.json"
STEP_PREFIX = "step-"
_STEP_NAME = re.compile(r"step-[0-9]{8,}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.(safetensors|json)")
_FOREIGN = ("*.pt", "*.pth", "*.ckpt", "*.bin", "*.pkl", "*.distcp", ".metadata")


class DamagedCheckpoint(CheckpointError):
    """A checkpoint is not what was written; an older one may be."""


@dataclass(frozen=True)
class Chunk:
    """A piece of a tensor in a file: under which key, and which box of the whole tensor."""

    file: str
    key: str
    box: Box


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        step: optimiser steps done.
        num_ranks: processes that wrote it.
        metric: what checkpoints are compared by, lower is better; None where it was not measured.
        files: size and SHA-256 of every other file.
        infos: shape and dtype of every tensor, by group and name.
        chunks: where the pieces of every tensor lie.
        state_hashes: for every group 32 hexadecimal digits over all values, whatever the layout.
    """

    step: int
    num_ranks: int
    metric: float | None
    files: Mapping[str, Mapping[str, Any]]
    infos: Mapping[str, Mapping[str, TensorInfo]]
    chunks: Mapping[str, Mapping[str, Sequence[Chunk]]]
    state_hashes: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """With its own checksum."""
        tensors = {
            group: {
                name: {
                    "shape": list(info.shape),
                    "dtype": info.dtype,
                    "chunks": [
                        [chunk.file, chunk.key, list(chunk.box[0]), list(chunk.box[1])]
                        for chunk in self.chunks[group][name]
                    ],
                }
                for name, info in infos.items()
            }
            for group, infos in self.infos.items()
        }
        content = {
            "format_version": FORMAT_VERSION,
            "step": self.step,
            "num_ranks": self.num_ranks,
            "metric": self.metric,
            "files": {name: dict(entry) for name, entry in self.files.items()},
            "tensors": tensors,
            "state_hashes": dict(self.state_hashes),
        }
        return content | {"sha256": sha256_of_json(content)}

    @classmethod
    def from_json(cls, content: Any, where: Path) -> Manifest:
        """Raises:
        DamagedCheckpoint: the checksum is wrong, or something is missing or impossible.
        """
        try:
            content = dict(content)
            claimed = content.pop("sha256")
            if claimed != sha256_of_json(content):
                raise DamagedCheckpoint(
                    t("the checksum of this checkpoint is wrong"), where=str(where)
                )
            if content["format_version"] != FORMAT_VERSION:
                raise DamagedCheckpoint(
                    t("this checkpoint was written by another version of yanmo"), where=str(where)
                )
            manifest = cls._parsed(content)
            _check_names_and_boxes(manifest)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedCheckpoint(
                t("the manifest of this checkpoint cannot be read"),
                where=str(where),
                why=str(error),
            ) from error
        return manifest

    @classmethod
    def _parsed(cls, content: Mapping[str, Any]) -> Manifest:
        infos: dict[str, dict[str, TensorInfo]] = {}
        chunks: dict[str, dict[str, list[Chunk]]] = {}
        for group, tensors in content["tensors"].items():
            infos[group], chunks[group] = {}, {}
            for name, entry in tensors.items():
                infos[group][name] = TensorInfo(tuple(entry["shape"]), entry["dtype"])
                chunks[group][name] = [
                    Chunk(file, key, (tuple(offsets), tuple(sizes)))
                    for file, key, offsets, sizes in entry["chunks"]
                ]
        names = ("step", "num_ranks", "metric", "files", "state_hashes")
        return cls(**{name: content[name] for name in names}, infos=infos, chunks=chunks)


def _check_names_and_boxes(manifest: Manifest) -> None:
    for name, entry in manifest.files.items():
        if not _FILE_NAME.fullmatch(name) or name == MANIFEST_NAME:
            raise ValueError(name)
        if not isinstance(entry["bytes"], int) or not isinstance(entry["sha256"], str):
            raise TypeError(name)
    for group, infos in manifest.infos.items():
        for name, info in infos.items():
            num_held = 0
            for chunk in manifest.chunks[group][name]:
                offsets, sizes = chunk.box
                ends = [o + s for o, s in zip(offsets, sizes, strict=True)]
                is_inside = all(e <= n for e, n in zip(ends, info.shape, strict=True))
                if not is_inside or min(offsets, default=0) < 0 or chunk.file not in manifest.files:
                    raise ValueError(name)
                num_held += math.prod(sizes)
            if num_held != math.prod(info.shape):
                raise ValueError(name)


def list_checkpoints(directory: Path) -> list[Path]:
    """Folders of finished checkpoints, the oldest first."""
    if not directory.is_dir():
        return []
    found = [path for path in directory.iterdir() if _STEP_NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    """The step that the name of a checkpoint says."""
    return int(path.name.removeprefix(STEP_PREFIX))


def read_manifest_json(path: Path) -> Any:
    """What `manifest.json` in the folder `path` says, not yet checked.

    Raises:
        DamagedCheckpoint: it is missing or no JSON.
    """
    try:
        return json.loads((path / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        foreign = foreign_files(path)
        raise DamagedCheckpoint(
            t("the manifest of this checkpoint cannot be read"),
            where=str(path),
            why=_why_not_foreign(foreign) if foreign else str(error),
        ) from error


def check_manifest(content: Any, path: Path) -> Manifest:
    """The manifest of the folder `path`, which must be of the step that the folder's name says.

    Raises:
        DamagedCheckpoint: it is not.
    """
    manifest = Manifest.from_json(content, path)
    if _STEP_NAME.fullmatch(path.name) and step_of(path) != manifest.step:
        raise DamagedCheckpoint(
            t("this folder holds the checkpoint of another step"),
            where=str(path),
            why=t("it is of step {step}", step=manifest.step),
        )
    return manifest


def verify_file(file: Path, entry: Mapping[str, Any]) -> None:
    """Compare a file's size and SHA-256 with those on record.

    Raises:
        DamagedCheckpoint: they differ, or the file cannot be read.
    """
    try:
        if not file.is_file() or file.stat().st_size != entry["bytes"]:
            raise DamagedCheckpoint(t("this file is missing or truncated"), where=str(file))
        if sha256_of_file(file) != entry["sha256"]:
            raise DamagedCheckpoint(t("the checksum of this file is wrong"), where=str(file))
    except OSError as error:  # a broken disk reports it here
        raise DamagedCheckpoint(
            t("this file cannot be read"), where=str(file), why=str(error)
        ) from error


def foreign_files(directory: Path) -> list[Path]:
    """Files in `directory` that are pickles by their name: checkpoints of other programs."""
    if not directory.is_dir():
        return []
    return sorted(path for pattern in _FOREIGN for path in directory.glob(pattern))


def refuse_foreign(directory: Path) -> None:
    """Refuse checkpoints of other programs in `directory`, where there are any.

    Raises:
        CheckpointError: with the reason.
    """
    foreign = foreign_files(directory)
    if foreign:
        raise CheckpointError(
            t("this is a checkpoint of another program, which is never loaded"),
            where=str(directory),
            why=_why_not_foreign(foreign),
            hint=t("Convert its weights to a model folder of safetensors in a safe place first."),
        )


def _why_not_foreign(foreign: Sequence[Path]) -> str:
    return t(
        "{name} is a Python pickle, which runs whatever code it holds when it is opened",
        name=foreign[0].name,
    )
