"""Reads the files of a run directory that the report shows.

Comes in: a run directory, finished or not. Goes out: a `RunFiles` with what is there, the names of
the stages that are missing, and one sentence for everything that could not be read. Nothing is
written, and no data shard is opened.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from yanmo.core.errors import DataError
from yanmo.core.manifest import Manifest, read_manifest
from yanmo.core.messages import t
from yanmo.pipeline.lineage import stage_directories
from yanmo.pipeline.report.records import CorpusReport, EvaluationReport, TokenReport
from yanmo.pipeline.report.task_files import EvaluatedTasks, read_tasks
from yanmo.pipeline.report.tuning_files import TuningFiles, read_tuning, tuning_folders

STAGES = ("corpus", "tokenizer", "tokens", "pretrain", "evaluate")

_Record = TypeVar("_Record")


@dataclass
class RunFiles:
    """What a run directory holds. A part that is missing is None or empty."""

    name: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    recipe_text: str = ""
    manifests: dict[str, Manifest] = field(default_factory=dict)
    corpus: CorpusReport | None = None
    tokens: TokenReport | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    model_config: Mapping[str, Any] = field(default_factory=dict)
    evaluation: EvaluationReport | None = None
    tasks: EvaluatedTasks = field(default_factory=EvaluatedTasks)
    tunings: list[TuningFiles] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Stages without a manifest, in the order in which they run.

        None are where tasks were learned and no text was read: that is a whole run, too.
        """
        if self.tasks.tasks and not self.started:
            return []
        return [stage for stage in STAGES if stage not in self.manifests]

    def counts(self, stage: str) -> Mapping[str, Any]:
        """The counts in a stage's manifest; empty where the stage is unfinished."""
        manifest = self.manifests.get(stage)
        return manifest.counts if manifest else {}

    def timing(self, stage: str, name: str) -> float | None:
        """One timing of a stage's manifest, None where it is not known."""
        manifest = self.manifests.get(stage)
        value = manifest.timings.get(name) if manifest else None
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def read_run(run_dir: Path) -> RunFiles:
    """Read what there is.

    Raises:
        DataError: `run_dir` is no directory, or nothing in it comes from a run.
    """
    if not run_dir.is_dir():
        raise DataError(
            t("there is no run here"), where=str(run_dir), hint=t("Name a folder below runs/.")
        )
    run = RunFiles(name=run_dir.resolve().name)
    run.started = {stage for stage in STAGES if (run_dir / stage).is_dir()}
    _read_recipe(run, run_dir / "recipe.toml")
    if not run.started and not run.recipe_text:
        raise DataError(
            t("this folder holds no stage of a run"),
            where=str(run_dir),
            hint=t("Name the folder that holds recipe.toml, corpus/ and pretrain/."),
        )
    _read_manifests(run, run_dir)
    run.corpus = _record(run, run_dir / "corpus" / "report.json", CorpusReport.from_json)
    run.tokens = _record(run, run_dir / "tokens" / "report.json", TokenReport.from_json)
    run.evaluation = _record(run, run_dir / "evaluate" / "report.json", EvaluationReport.from_json)
    run.tasks = read_tasks(run_dir)
    run.problems += run.tasks.problems
    run.tunings = [_tuning(run, folder) for folder in tuning_folders(run_dir)]
    config = _record(run, run_dir / "pretrain" / "model" / "config.json", dict)
    run.model_config = config or {}
    run.metrics = _rows(run, run_dir / "pretrain" / "metrics.jsonl", {"step": int})
    needed: dict[str, type] = {"step": int, "prompt": str, "text": str}
    run.samples = _rows(run, run_dir / "pretrain" / "samples.jsonl", needed)
    noted = {"event": str, "time": float}
    run.events = _rows(run, run_dir / "pretrain" / "events.jsonl", noted)
    return run


def _read_recipe(run: RunFiles, path: Path) -> None:
    try:
        run.recipe_text = path.read_text(encoding="utf-8")
        run.recipe = tomllib.loads(run.recipe_text)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        run.problems.append(_cannot_read(path, error))
        return
    name = run.recipe.get("name")
    if isinstance(name, str) and name:
        run.name = name


def _read_manifests(run: RunFiles, run_dir: Path) -> None:
    for name, directory in stage_directories(run_dir).items():
        try:
            manifest = read_manifest(directory)
        except (DataError, TypeError) as error:
            run.problems.append(_cannot_read(directory / "manifest.json", error))
            continue
        if manifest is not None:
            run.manifests[name] = manifest


def _tuning(run: RunFiles, folder: Path) -> TuningFiles:
    manifest = run.manifests.get(f"{folder.parent.name}/{folder.name}")
    counts, config = (manifest.counts, manifest.config) if manifest else ({}, {})
    return read_tuning(folder, counts, config, lambda path: _rows(run, path, {"step": int}))


def _record(
    run: RunFiles, path: Path, parse: Callable[[Mapping[str, Any]], _Record]
) -> _Record | None:
    """The JSON object in `path` as a record; None, and a problem noted, where it is none."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except KeyError as error:
        run.problems.append(
            t("{file} lacks {field}.", file=_short_path(path), field=str(error.args[0]))
        )
    except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:
        run.problems.append(_cannot_read(path, error))
    return None


def _rows(run: RunFiles, path: Path, needed: Mapping[str, type]) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file that have the needed fields; the others are counted."""
    rows: list[dict[str, Any]] = []
    num_unreadable = 0
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return rows
    except OSError as error:
        run.problems.append(_cannot_read(path, error))
        return rows
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict) and all(isinstance(row.get(k), v) for k, v in needed.items()):
            rows.append(row)
        else:
            num_unreadable += 1
    if num_unreadable:
        run.problems.append(
            t(
                "Rows of {file} that could not be read: {n}.",
                file=_short_path(path),
                n=num_unreadable,
            )
        )
    return rows


def _cannot_read(path: Path, error: Exception) -> str:
    why = error.why if isinstance(error, DataError) and error.why else str(error)
    return t("{file} could not be read: {why}", file=_short_path(path), why=why)


def _short_path(path: Path) -> str:
    """The path inside the run: enough to find the file, without the folders above it."""
    inside = [part for part in path.parts if part]
    return "/".join(inside[-1:] if path.name == "recipe.toml" else inside[-2:])
