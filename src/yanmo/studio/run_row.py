"""One run as a row of the list: how it is, how far, what it reached and what it took.

In: a run directory. Out: a `RunRow`. Reads manifests, the ends of logs and small reports only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.pipeline.task_outcomes import task_outcomes
from yanmo.studio.metric_log import MetricLog, MetricLogs
from yanmo.studio.run_logs import log_names, planned_params
from yanmo.studio.run_state import RunState, manifest_of, recipe_of, state_of
from yanmo.studio.series import elapsed

RECIPE_NAME = "recipe.toml"


@dataclass(frozen=True)
class RunRow:
    """What the list shows. Losses are nats per token, the last that were logged; times are seconds
    since 1970, `train_s` seconds of training, `stage_s` of all finished stages."""

    name: str
    state: str
    why: str | None
    stage: str | None
    logs: list[str]
    keys: list[str]
    step: int | None
    num_steps: int | None
    train_loss: float | None
    validation_loss: float | None
    bits_per_byte: float | None
    tasks: list[dict[str, Any]]
    num_params: int | None
    tokens: float | None
    tokens_per_s: float | None
    train_s: float | None
    stage_s: float
    family: str | None
    device: str | None
    begun_at: float | None
    changed_at: float | None


def row_of(run_dir: Path, logs: MetricLogs) -> RunRow:
    """The row of one run."""
    state = state_of(run_dir)
    names = log_names(run_dir)
    shown = _shown_log(state, names)
    log = logs.open(run_dir / shown) if shown is not None else None
    recipe = recipe_of(run_dir)
    is_base = shown == "pretrain" and recipe is not None
    manifest = manifest_of(run_dir / "pretrain")
    times = log.times() if log is not None else None
    return RunRow(
        name=run_dir.name,
        state=state.name,
        why=state.why,
        stage=state.stage,
        logs=names,
        keys=log.keys() if log is not None else [],
        step=log.last_step if log is not None else None,
        num_steps=recipe.pretrain.steps if is_base and recipe is not None else None,
        train_loss=_last(log, "train/loss"),
        validation_loss=_last(log, "validation/loss"),
        bits_per_byte=_measured_bits(run_dir) or _last(log, "validation/bits_per_byte"),
        tasks=[outcome.as_json() for outcome in task_outcomes(run_dir)],
        num_params=planned_params(run_dir),
        tokens=_last(log, "train/tokens"),
        tokens_per_s=_last(log, "train/tokens_per_s"),
        train_s=float(elapsed(times)[-1]) if times is not None and len(times) else None,
        stage_s=_stage_seconds(run_dir, state),
        family=recipe.model.family if recipe is not None and recipe.needs_pretraining else None,
        device=str(manifest.counts.get("device")) if manifest is not None else None,
        begun_at=_begun_at(run_dir, state),
        changed_at=_changed_at(run_dir, names),
    )


def _shown_log(state: RunState, names: list[str]) -> str | None:
    """The log that stands for the run: the base model's, else that of the stage worked on."""
    if "pretrain" in names:
        return "pretrain"
    if state.stage in names:
        return state.stage
    return names[-1] if names else None


def _last(log: MetricLog | None, key: str) -> float | None:
    return log.last(key) if log is not None else None


def _measured_bits(run_dir: Path) -> float | None:
    try:
        models = json.loads((run_dir / "evaluate" / "report.json").read_bytes())["models"]
        return next((float(m["bits_per_byte"]) for m in models if m["kind"] == "neural"), None)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stage_seconds(run_dir: Path, state: RunState) -> float:
    manifests = [manifest_of(run_dir / name) for name in state.stages]
    return sum(float(one.timings.get("wall_s", 0.0)) for one in manifests if one is not None)


def _begun_at(run_dir: Path, state: RunState) -> float | None:
    marks = [run_dir / name / "started.json" for name in state.stages]
    times = [mark.stat().st_mtime for mark in marks if mark.is_file()]
    if state.job is not None:
        times.append(state.job.started_at)
    return min(times, default=None)


def _changed_at(run_dir: Path, names: list[str]) -> float | None:
    paths = [run_dir / RECIPE_NAME, run_dir / "report.html"]
    paths += [run_dir / name / "metrics.jsonl" for name in names]
    return max((path.stat().st_mtime for path in paths if path.is_file()), default=None)
