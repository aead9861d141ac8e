"""`yanmo compare`: several models, one budget, the same tokens, one after another.

Comes in: a recipe, names and a budget. Goes out, in the folder of the run: `compare/NAME/` for each
model, `compare/report.json` and `compare.html`. What is done already is left alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, RunError, YanmoError
from yanmo.core.files import write_atomically, write_json
from yanmo.core.lock import hold_lock
from yanmo.core.manifest import read_manifest
from yanmo.core.messages import t
from yanmo.core.overrides import parse_override
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.job import Job, build_job, candidate_recipe
from yanmo.pipeline.compare.names import Candidate
from yanmo.pipeline.compare.result_files import JOB_NAME, RESULT_NAME, read_json
from yanmo.pipeline.life import load_recipe, run
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe
from yanmo.pipeline.stage_directory import PREVIOUS_SUFFIX
from yanmo.training.stop_signal import StopSignal

FOLDER_NAME = "compare"
REPORT_NAME = "report.json"
PAGE_NAME = "compare.html"
_FOR_ALL = ("pretrain.optimizer", "model.dropout")
"""Settings that differ from family to family unless the user gives them for all."""


@dataclass(frozen=True)
class Comparison:
    """What a comparison gave: its run folder, the content of `compare/report.json`, and the error
    of each model that failed."""

    run_dir: Path
    report: dict[str, Any]
    failures: dict[str, YanmoError]


def compare(
    recipe: Recipe | Path | str,
    *overrides: str,
    candidates: Sequence[Candidate],
    budget: Budget,
    out: Path | str | None = None,
    console: Console | None = None,
) -> Comparison:
    """Train every candidate under `budget`, score all on the same documents, and write the report.

    Args:
        recipe: a recipe, the path of a recipe file, or the name of a shipped one.
        overrides: `key=value` settings that win over the file; an optimiser or a dropout among them
            is used for every model.
        candidates: from `parse_models`.
        budget: what each gets.
        out: folder of the run; `runs/NAME` unless told.
        console: where progress goes; standard error unless told.

    Raises:
        YanmoError: bad settings or data, an interruption, or no model that came through. A single
            model that fails is in the result, and the others go on.
    """
    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe, overrides)
    run_dir = Path(out) if out is not None else Path("runs") / recipe.name
    console = console or Console()
    recipes = _candidate_recipes(recipe, candidates, overrides)
    for candidate in candidates:  # what cannot work is told before anything is run
        build_job(candidate, recipes[candidate.name], budget, run_dir, {})
    _require_own_folder(run_dir / FOLDER_NAME, candidates)
    _require_own_page(run_dir)
    inputs = run_inputs(recipe, run_dir, console)
    with hold_lock(run_dir), StopSignal() as stop:
        jobs = [build_job(c, recipes[c.name], budget, run_dir, inputs) for c in candidates]
        failures = run_jobs(jobs, run_dir / FOLDER_NAME, console, stop)
        done = [job for job in jobs if job.name not in failures]
        if not done:
            raise RunError(
                t("every model failed"),
                where=str(run_dir / FOLDER_NAME),
                why=t("; ").join(f"{name}: {error.what}" for name, error in failures.items()),
            )
        return _sum_up(recipe, budget, done, failures, run_dir)


def _candidate_recipes(
    recipe: Recipe, candidates: Sequence[Candidate], overrides: Sequence[str]
) -> dict[str, Recipe]:
    words = [".".join(map(str, parse_override(word).path)) for word in overrides]
    given = {
        key
        for key in _FOR_ALL
        if any(word == key or word.startswith(f"{key}.") for word in words)
        or any(key.startswith(f"{word}.") for word in words)
    }
    return {
        candidate.name: candidate_recipe(recipe, candidate.family, given)
        if candidate.family is not None
        else recipe
        for candidate in candidates
    }


def _require_own_folder(folder: Path, candidates: Sequence[Candidate]) -> None:
    """Refuse a folder of somebody else's where a candidate's is to be.

    Raises:
        ConfigError: it holds something, and no job.
    """
    for path in (folder / candidate.name for candidate in candidates):
        is_foreign = path.is_dir() and any(path.iterdir()) and not (path / JOB_NAME).is_file()
        if is_foreign or (path.exists() and not path.is_dir()):
            raise ConfigError(
                t("this folder holds files that no run made"),
                where=str(path),
                hint=t("Give another folder with --out."),
            )


def _require_own_page(run_dir: Path) -> None:
    """Refuse to write over a page that belongs to no report.

    Raises:
        ConfigError: there is one.
    """
    page = run_dir / PAGE_NAME
    if page.exists() and not (run_dir / FOLDER_NAME / REPORT_NAME).is_file():
        raise ConfigError(
            t("this file would be overwritten, and no run made it"),
            where=str(page),
            hint=t("Give another folder with --out."),
        )


def run_inputs(recipe: Recipe, run_dir: Path, console: Console) -> dict[str, str]:
    """Run the stages that candidates read; the content hash of each.

    Raises:
        YanmoError: a stage failed, or the corpus is not fit to be learned from.
    """
    from yanmo.corpus.gate.judge import require_gate

    stages = ["tokens"]
    if recipe.model.initial_embedding == OWN_VECTORS:
        stages.append(OWN_VECTORS)
    for stage in stages:
        run(recipe, out=run_dir, until=stage, console=console)
    corpus_dir = run_dir / "corpus"
    report = json.loads((corpus_dir / "report.json").read_text(encoding="utf-8"))
    for note in require_gate(report, recipe.gate, str(corpus_dir)):
        console.warn(note)
    inputs = {}
    for stage in ("tokenizer", *stages):
        manifest = read_manifest(run_dir / stage)
        assert manifest is not None, f"{stage} has just been run"
        inputs[stage] = manifest.content_hash
    return inputs


def run_jobs(
    jobs: Sequence[Job], folder: Path, console: Console, stop: StopSignal
) -> dict[str, YanmoError]:
    """Run every job that is not done, below `folder`; the error of each that failed.

    Raises:
        Interrupted: the user asked to stop; the job under way can be gone on with.
    """
    from yanmo.pipeline.compare.process import run_process

    failures: dict[str, YanmoError] = {}
    for index, job in enumerate(jobs, start=1):
        place = folder / job.name
        which = f"[{index}/{len(jobs)}] {job.name}"
        result = read_json(place / RESULT_NAME) or {}
        if (result.get("key"), result.get("score_key")) == (job.key, job.score_key):
            console.note(f"{which}: {t('up to date')}")
            continue
        console.note(f"{which}: {job.budget.describe()}")
        _prepare(place, job)
        error = run_process(place, job, console, stop)
        if error is not None:
            console.warn(t("{name} failed: {error}", name=job.name, error=error))
            failures[job.name] = error
    return failures


def _prepare(place: Path, job: Job) -> None:
    """Leave a folder with `job`, emptied unless it holds the beginning of the same one; the model
    of another job, and what was exported from it, is put aside."""
    before = read_json(place / JOB_NAME)
    if place.exists() and (before is None or before.get("key") != job.key):
        aside = place.with_name(place.name + PREVIOUS_SUFFIX)
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
    place.mkdir(parents=True, exist_ok=True)
    write_atomically(place / JOB_NAME, job.model_dump_json(indent=1))


def _sum_up(
    recipe: Recipe,
    budget: Budget,
    done: Sequence[Job],
    failures: dict[str, YanmoError],
    run_dir: Path,
) -> Comparison:
    from yanmo.core.messages import language
    from yanmo.pipeline.compare.page import render_page
    from yanmo.pipeline.compare.report import build_report

    report = build_report(recipe, budget, done, failures, run_dir)
    write_json(run_dir / FOLDER_NAME / REPORT_NAME, report)
    write_atomically(run_dir / PAGE_NAME, render_page(report, language()))
    return Comparison(run_dir, report, failures)
