"""The parts of one run as JSON: stages with their manifests, lineage, events, samples, checkpoints
and the commands that made it and go on with it.

In: a run directory. Reads small files only. What cannot be read is left out, as in the list.
"""

from __future__ import annotations

import json
import shlex
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.manifest import Manifest
from yanmo.pipeline.count_words import told_count
from yanmo.pipeline.history import training_story
from yanmo.pipeline.lineage import Lineage, read_lineage
from yanmo.studio.jobs import read_job, usual_command
from yanmo.studio.run_state import manifest_of, state_of

_SAMPLES_NAME = "samples.jsonl"
_CHECKPOINTS = "checkpoints"
_MAX_WARNINGS = 200


def stages_as_json(run_dir: Path) -> list[dict[str, Any]]:
    """Each stage of the recipe, in order, with what its manifest says."""
    found = []
    for name, state in state_of(run_dir).stages.items():
        manifest = manifest_of(run_dir / name)
        told = {} if manifest is None else _manifest_as_json(manifest)
        found.append({"name": name, "state": state, **told})
    return found


def _manifest_as_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "content_hash": manifest.content_hash,
        "key": manifest.key,
        "created_at": manifest.created_at,
        "version": manifest.yanmo_version,
        "timings": dict(manifest.timings),
        "counts": [told_count(name, value) for name, value in manifest.counts.items()],
        "inputs": dict(manifest.inputs),
        "outputs": {name: entry.get("bytes") for name, entry in manifest.outputs.items()},
        "notes": list(manifest.notes),
        "config": dict(manifest.config),
    }


def lineage_as_json(run_dir: Path) -> dict[str, Any]:
    """What was made from what."""
    try:
        lineage = read_lineage(run_dir)
    except DataError:
        lineage = Lineage((), ())
    return {
        "nodes": [asdict(node) for node in lineage.nodes],
        "edges": [asdict(edge) for edge in lineage.edges],
    }


def incidents_of(
    run_dir: Path, logs: list[str]
) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """Facts about the training, and what happened to it in the order in which it came."""
    facts: list[tuple[str, str]] = []
    incidents: list[dict[str, Any]] = []
    if "pretrain" in logs:
        story = training_story(run_dir)
        if story is not None:
            facts = list(story.facts)
            incidents = [{"stage": "pretrain", **asdict(one)} for one in story.incidents]
    return facts, incidents[-_MAX_WARNINGS:]


def samples_of(run_dir: Path, stage: str, limit: int) -> list[dict[str, Any]]:
    """The last samples of a stage, the newest first."""
    if stage not in ("pretrain", *(f"finetune/{p.name}" for p in run_dir.glob("finetune/*"))):
        return []
    rows: deque[dict[str, Any]] = deque(maxlen=limit)
    try:
        with (run_dir / stage / _SAMPLES_NAME).open("rb") as file:
            for line in file:
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if isinstance(row, dict) and isinstance(row.get("text"), str):
                    rows.append(row)
    except OSError:
        return []
    return list(reversed(rows))


def checkpoints_of(run_dir: Path, logs: list[str]) -> list[dict[str, Any]]:
    """The checkpoints of each stage, the oldest first."""
    found = []
    for stage in logs:
        for folder in sorted((run_dir / stage / _CHECKPOINTS).glob("step-*")):
            if not folder.is_dir():
                continue
            files = [path for path in folder.rglob("*") if path.is_file()]
            found.append(
                {
                    "stage": stage,
                    "name": folder.name,
                    "step": _step_of(folder.name),
                    "bytes": sum(path.stat().st_size for path in files),
                    "created_at": folder.stat().st_mtime,
                    "path": str(folder),
                }
            )
    return found


def commands_of(run_dir: Path) -> dict[str, Any]:
    """The command that started the run, where the studio did, and the one that goes on with it."""
    job = read_job(run_dir)
    usual = shlex.join(["yanmo", *usual_command(run_dir)])
    return {
        "job": None if job is None else {**asdict(job), "text": job.text},
        "resume": job.text if job is not None else usual,
    }


def _step_of(name: str) -> int | None:
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else None
