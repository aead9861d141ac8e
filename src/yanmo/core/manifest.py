"""The manifest of a stage directory: what was made here, from what, and with which settings.

It is written last and atomically, so a directory without one is unfinished. Two hashes carry the
bookkeeping: `key` says what was asked for (stage, settings, inputs), `content_hash` says what came
out. A stage is up to date when its key is the one that would be run now; a stage that is run again
and produces the same content leaves everything after it up to date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.files import sha256_of_file, sha256_of_json, write_json
from yanmo.core.messages import t

FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What `manifest.json` says. `inputs` maps the name of an input to its content hash."""

    stage: str
    key: str
    config: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: Mapping[str, Mapping[str, Any]]
    content_hash: str
    counts: Mapping[str, Any]
    timings: Mapping[str, float]
    yanmo_version: str
    created_at: str
    format_version: int = FORMAT_VERSION
    notes: Sequence[str] = field(default_factory=list)


def stage_key(stage: str, config: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """Hash of what a stage would do: its name, its settings and the content of its inputs."""
    return sha256_of_json([FORMAT_VERSION, stage, config, inputs])


def write_manifest(
    directory: Path,
    *,
    stage: str,
    config: Mapping[str, Any],
    inputs: Mapping[str, str],
    output_files: Sequence[Path],
    counts: Mapping[str, Any],
    timings: Mapping[str, float],
    yanmo_version: str,
    notes: Sequence[str] = (),
) -> Manifest:
    """Hash `output_files` (all inside `directory`) and write the manifest, last of all."""
    outputs: dict[str, dict[str, Any]] = {}
    for path in sorted(output_files):
        name = path.relative_to(directory).as_posix()
        outputs[name] = {"bytes": path.stat().st_size, "sha256": sha256_of_file(path)}
    manifest = Manifest(
        stage=stage,
        key=stage_key(stage, config, inputs),
        config=config,
        inputs=inputs,
        outputs=outputs,
        content_hash=sha256_of_json({name: entry["sha256"] for name, entry in outputs.items()}),
        counts=counts,
        timings=timings,
        yanmo_version=yanmo_version,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=list(notes),
    )
    write_json(directory / MANIFEST_NAME, asdict(manifest))
    return manifest


def read_manifest(directory: Path) -> Manifest | None:
    """The manifest of `directory`, or None where the stage is unfinished or was never run.

    Raises:
        DataError: the file is there but cannot be understood.
    """
    path = directory / MANIFEST_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, OSError, RecursionError) as error:
        raise DataError(
            t("cannot read this manifest"),
            where=str(path),
            why=str(error),
            hint=None
            if isinstance(error, OSError)
            else t("Delete the file to have the stage made again."),
        ) from error
    known = {entry.name for entry in dataclass_fields(Manifest)}
    is_ours = isinstance(fields, dict) and fields.get("format_version") == FORMAT_VERSION
    if not is_ours or fields.keys() != known:
        raise DataError(
            t("this manifest was written by another version of yanmo"),
            where=str(path),
            hint=t("Delete the file to have the stage made again."),
        )
    return Manifest(**fields)
