"""Runs looked back upon: a list of them, the stages of one, and the story of one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yanmo.core.errors import DataError
from yanmo.core.manifest import Manifest, read_manifest
from yanmo.core.messages import listed, t
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX, UNFINISHED_SUFFIX
from yanmo.pipeline.stages import STAGES
from yanmo.pipeline.task_outcomes import task_outcomes

if TYPE_CHECKING:
    from yanmo.pipeline.training_story import TrainingStory

RECIPE_NAME = "recipe.toml"


def summarize_runs(folder: Path) -> list[dict[str, Any]]:
    """One row for each run directly below `folder`: finished stages, last step, bits per byte, and
    what came of each task.

    A manifest that cannot be read makes its stage unfinished here; `runs show` says what it has.
    """
    rows = []
    for run_dir in sorted(path.parent for path in folder.glob(f"*/{RECIPE_NAME}")):
        finished = [name for name in stage_names(run_dir) if _is_finished(run_dir / name)]
        rows.append(
            {
                "run": run_dir.name,
                "finished": " ".join(finished) or "-",
                "step": last_step(run_dir),
                "bits_per_byte": _bits_per_byte(run_dir / "evaluate" / "report.json"),
                "tasks": [outcome.as_json() for outcome in task_outcomes(run_dir)],
            }
        )
    return rows


def summarize_stages(run_dir: Path) -> list[dict[str, Any]]:
    """One row for each finished stage of a run."""
    rows = []
    for name in stage_names(run_dir):
        manifest = read_manifest(run_dir / name)
        if manifest is not None:
            rows.append(
                {
                    "stage": name,
                    "content_hash": manifest.content_hash,
                    "created_at": manifest.created_at,
                    "counts": dict(manifest.counts),
                    **manifest.timings,
                }
            )
    return rows


def stage_names(run_dir: Path) -> list[str]:
    """The stages of a run in the order in which they are made: those that every run may have, and
    what lies below `finetune`."""
    known = [stage.name for stage in STAGES]
    tuned = sorted(path.parent for path in run_dir.glob("finetune/*/started.json"))
    measured = [
        path.parent
        for parent in ("measure", "prompt")
        for path in sorted(run_dir.glob(f"{parent}/*/started.json"))
    ]
    for folder in tuned:
        if folder.suffix not in (PREVIOUS_SUFFIX, UNFINISHED_SUFFIX):
            name = folder.relative_to(run_dir).as_posix()
            known += [name, f"{name}/evaluate"]
    return known + [folder.relative_to(run_dir).as_posix() for folder in measured]


def find_run(path: Path) -> Path:
    """The run that `path` lies in.

    Raises:
        DataError: it lies in none.
    """
    resolved = path.resolve()
    for folder in (resolved, *resolved.parents):
        if (folder / RECIPE_NAME).is_file():
            return folder
    raise DataError(
        t("this path lies in no run"),
        where=str(path),
        hint=t("A run is a folder with a recipe.toml; `yanmo runs ls` lists them."),
    )


def explain_path(path: Path) -> str:
    """What `path` was made from, back to the sources, and what was made from it.

    Raises:
        DataError: the path does not exist, lies in no run, or belongs to no finished stage.
    """
    if not path.exists():
        raise DataError(t("there is no such file or folder"), where=str(path))
    run_dir = find_run(path)
    inside = path.resolve().relative_to(run_dir)
    names = stage_names(run_dir)
    # A stage's folder may lie within another's: the innermost one made the file.
    holders = [name for name in names if inside.is_relative_to(name)]
    if not holders:
        raise DataError(
            t("no stage made this file"),
            where=str(path),
            hint=t("Name something in one of: {names}.", names=listed(names)),
        )
    holder = max(holders, key=len)
    manifest = read_manifest(run_dir / holder)
    if manifest is None:
        raise DataError(t("this stage is unfinished"), where=str(run_dir / holder))
    lines = [t("{path} was made by stage {stage}", path=path, stage=holder)]
    lines += ["", t("from:"), *_ancestors(run_dir, manifest, "  ")]
    lines += ["", t("and from it:"), *(_descendants(run_dir, holder, "  ") or ["  -"])]
    return "\n".join(lines)


def _ancestors(run_dir: Path, manifest: Manifest, indent: str) -> list[str]:
    lines = []
    for name, content_hash in manifest.inputs.items():
        source = read_manifest(run_dir / name)
        if source is None:
            lines.append(f"{indent}{name} {content_hash[:8]}")
            continue
        is_current = source.content_hash == content_hash
        note = (
            ""
            if is_current
            else "  " + t("(made again since: {hash})", hash=source.content_hash[:8])
        )
        lines.append(f"{indent}{name} {content_hash[:8]}  {source.created_at}{note}")
        lines += _ancestors(run_dir, source, indent + "  ")
    return lines


def _descendants(run_dir: Path, name: str, indent: str) -> list[str]:
    lines = []
    for stage in stage_names(run_dir):
        manifest = read_manifest(run_dir / stage)
        if manifest is not None and name in manifest.inputs:
            lines.append(f"{indent}{stage} {manifest.content_hash[:8]}  {manifest.created_at}")
            lines += _descendants(run_dir, stage, indent + "  ")
    return lines


def _is_finished(directory: Path) -> bool:
    try:
        return read_manifest(directory) is not None
    except DataError:
        return False


def last_step(run_dir: Path) -> int | None:
    """Optimiser steps that the training of a run has done so far; None before it begins."""
    from yanmo.training.metrics import last_step as last_step_of

    return last_step_of(run_dir / "pretrain" / "metrics.jsonl")


def training_story(run_dir: Path) -> TrainingStory | None:
    """How the training of a run went; None where that was not noted."""
    from yanmo.pipeline.training_story import tell_training
    from yanmo.training.events import read_events
    from yanmo.training.metrics import read_rows

    directory = run_dir / "pretrain"
    return tell_training(read_events(directory), read_rows(directory / "metrics.jsonl"))


def _bits_per_byte(path: Path) -> float | None:
    """What the report says of the model; None where there is no report that can be read."""
    try:
        models = json.loads(path.read_bytes())["models"]
        return next((float(m["bits_per_byte"]) for m in models if m["kind"] == "neural"), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None
