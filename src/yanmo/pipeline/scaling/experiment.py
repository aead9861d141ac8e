"""`yanmo scaling`: the runs of a grid, the law fitted to them, and the report.

Comes in: a recipe, sizes and lengths. Goes out, in the folder of the run: `scaling/NAME/` for each
run, `scaling/report.json` and `scaling.html`. Runs that are done are read; one that was interrupted
is gone on with. How a run is made, in a process of its own, is `compare`'s affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yanmo.core.console import Console
from yanmo.core.errors import RunError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.lock import hold_lock
from yanmo.core.messages import language, t
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.compare import run_inputs, run_jobs
from yanmo.pipeline.compare.job import Job, build_job, candidate_recipe
from yanmo.pipeline.compare.names import Candidate
from yanmo.pipeline.compare.result_files import RESULT_NAME, SCORES_NAME, read_json
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.scaling.grid import COMPUTE_FACTOR, Point, build_points, build_target
from yanmo.pipeline.scaling.law import fit_law, predict
from yanmo.training.stop_signal import StopSignal

FORMAT_VERSION = 1
FOLDER_NAME = "scaling"
REPORT_NAME = "report.json"
PAGE_NAME = "scaling.html"
_KEPT = ("pretrain.optimizer", "model.dropout")


@dataclass(frozen=True)
class Scaling:
    """What an experiment gave: its run folder and the content of `scaling/report.json`."""

    run_dir: Path
    report: dict[str, Any]


def run_scaling(
    recipe: Recipe,
    *,
    sizes: Sequence[int],
    lengths: Sequence[float],
    target_depth: int | None = None,
    is_checked: bool = False,
    out: Path | None = None,
    console: Console | None = None,
) -> Scaling:
    """Make the runs that are not there yet, fit the law, predict a larger run, write the report.

    Args:
        sizes: depths, each trained for every one of `lengths` (tokens).
        target_depth: of the run that is predicted; chosen when None.
        is_checked: make the predicted run too, and say how far off the prediction was.

    Raises:
        YanmoError: bad settings or data, an interruption, or a run that failed.
    """
    run_dir = out if out is not None else Path("runs") / recipe.name
    console = console or Console()
    recipe = candidate_recipe(recipe, recipe.model.family, _KEPT)
    points = build_points(recipe, sizes, lengths)
    target = build_target(recipe, points, target_depth)
    inputs = run_inputs(recipe, run_dir, console)
    wanted = [*points, target] if is_checked else points
    folder = run_dir / FOLDER_NAME
    with hold_lock(run_dir), StopSignal() as stop:
        jobs = [_job(point, run_dir, inputs) for point in wanted]
        failures = run_jobs(jobs, folder, console, stop)
        for name, error in failures.items():
            raise RunError(
                t("the run {name} failed", name=name), where=str(folder / name), why=error.what
            )
        report = _sum_up(recipe, folder, points, target, is_checked=is_checked)
        write_json(folder / REPORT_NAME, report)
        from yanmo.pipeline.scaling.page import render_page

        write_atomically(run_dir / PAGE_NAME, render_page(report, language()))
    return Scaling(run_dir, report)


def _job(point: Point, run_dir: Path, inputs: dict[str, str]) -> Job:
    candidate = Candidate(point.name, "neural", family=point.recipe.model.family)
    budget = Budget(kind="tokens", amount=point.tokens)
    return build_job(candidate, point.recipe, budget, run_dir, inputs)


def _sum_up(
    recipe: Recipe, folder: Path, points: Sequence[Point], target: Point, *, is_checked: bool
) -> dict[str, Any]:
    runs = [_measured(folder, point) for point in points]
    sizes = [float(run["num_params"]) for run in runs]
    tokens = [float(run["tokens"]) for run in runs]
    losses = [float(run["loss"]) for run in runs]
    law = fit_law(sizes, tokens, losses)
    for run in runs:
        run["fitted"] = law.loss(run["num_params"], run["tokens"])
    where = (float(target.num_params), target.tokens)
    prediction = predict(law, sizes, tokens, losses, target=where)
    predicted: dict[str, Any] = {
        "name": target.name,
        "depth": target.depth,
        "num_params": target.num_params,
        "tokens": target.tokens,
        "flops": target.flops,
        **asdict(prediction),
    }
    if is_checked:
        measured = _measured(folder, target)
        predicted["measured"] = measured["loss"]
        predicted["error"] = prediction.loss / measured["loss"] - 1.0
        predicted["training_s"] = measured["training_s"]
    return {
        "format_version": FORMAT_VERSION,
        "run": recipe.name,
        "family": recipe.model.family,
        "seed": recipe.pretrain.seed,
        "split": recipe.evaluate.split,
        "compute_factor": COMPUTE_FACTOR,
        "law": asdict(law),
        "mean_error": float(np.mean([abs(run["fitted"] / run["loss"] - 1.0) for run in runs])),
        "runs": runs,
        "prediction": predicted,
    }


def _measured(folder: Path, point: Point) -> dict[str, Any]:
    """A finished run; its loss is that of all held-out tokens, in nats."""
    result = read_json(folder / point.name / RESULT_NAME)
    assert result is not None, "a job that is done has left its result"
    with np.load(folder / point.name / SCORES_NAME, allow_pickle=False) as file:
        loss = float(-np.mean(file["log_probs"]))
    return {
        "name": point.name,
        "depth": point.depth,
        "num_params": result["num_params"],
        "tokens": result["tokens"],
        "flops": result["flops"],
        "training_s": result["training_s"],
        "loss": loss,
    }
