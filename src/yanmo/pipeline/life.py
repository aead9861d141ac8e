"""Running a recipe: which stages are up to date, which must run and why, and running them.

A stage is up to date when its manifest carries the key of what would be run now and its files are
there in their sizes. A stage that runs again and makes the same content leaves the next ones alone.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yanmo
from yanmo.core.console import Console
from yanmo.core.errors import RunError
from yanmo.core.files import write_atomically
from yanmo.core.lock import hold_lock
from yanmo.core.manifest import Manifest, read_manifest, stage_key, write_manifest
from yanmo.core.messages import listed, t
from yanmo.core.resolve import resolve_recipe, to_toml
from yanmo.core.usage import UsageMeter
from yanmo.models.presets import derive_model
from yanmo.parallel.environment import is_first_process, is_launched
from yanmo.pipeline.beforehand.check import check_tasks
from yanmo.pipeline.recipe import Recipe, shipped_recipes
from yanmo.pipeline.stage import SOURCES, Stage, StageContext
from yanmo.pipeline.stage_directory import (
    prepare_directory,
    require_own_directory,
    require_own_recipe,
)
from yanmo.pipeline.stages import stages_of

RECIPE_NAME = "recipe.toml"
REPORT_NAME = "report.html"


@dataclass(frozen=True)
class StageState:
    """Whether a stage must run. `reason` says why, or is None when it is up to date."""

    stage: Stage
    reason: str | None
    inputs: Mapping[str, str]
    key: str


@dataclass(frozen=True)
class RunResult:
    """What a run did: its folder, the stages that ran, and those that were up to date."""

    run_dir: Path
    ran: tuple[str, ...]
    up_to_date: tuple[str, ...]


def run(
    recipe: Recipe | Path | str,
    *overrides: str,
    out: Path | str | None = None,
    until: str | None = None,
    console: Console | None = None,
) -> RunResult:
    """Run every stage of a recipe that is not up to date, and write the report.

    Args:
        recipe: a recipe, the path of a recipe file, or the name of a shipped one.
        overrides: `key=value` settings that win over the file.
        out: folder of the run; `runs/NAME` unless told.
        until: run only this stage and what it needs.
        console: where progress goes; standard error unless told.

    Raises:
        YanmoError: bad settings, bad data, or a run that could not go on.
    """
    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe, overrides)
    run_dir = Path(out) if out is not None else Path("runs") / recipe.name
    console = console or Console()
    stages = stages_of(recipe, until)
    if not is_first_process():
        return _follow(recipe, run_dir, stages)
    states = inspect_stages(recipe, run_dir, stages)
    check_before_running(states, recipe, run_dir)
    with hold_lock(run_dir):
        result = _run_stages(states, recipe, run_dir, console)
        if until is None and (result.ran or not (run_dir / REPORT_NAME).exists()):
            from yanmo.pipeline.report.build import build_report

            build_report(run_dir)
    return result


def _follow(recipe: Recipe, run_dir: Path, stages: Sequence[Stage]) -> RunResult:
    """Train with the first process of those that a launcher has started; it does all the rest."""
    if any(stage.name == "pretrain" for stage in stages):
        from yanmo.pipeline.pretrain import pretrain_on
        from yanmo.pipeline.together import follow, leave

        ranks = follow(recipe)
        if ranks is not None:
            context = StageContext(recipe, run_dir, run_dir / "pretrain", Console(is_quiet=True))
            pretrain_on(context, ranks)
            leave(ranks)
    return RunResult(run_dir, (), ())


def load_recipe(recipe: Path | str, overrides: Sequence[str] = ()) -> Recipe:
    """Resolve a recipe file, or a shipped recipe by its name, with `key=value` overrides.

    Raises:
        ConfigError: everything that is wrong with it, the model's dimensions included.
    """
    resolved = resolve_recipe(Recipe, Path(recipe), overrides, known_recipes=shipped_recipes())
    derive_model(resolved.model, resolved.tokenizer.vocab_size)
    return resolved


def inspect_stages(recipe: Recipe, run_dir: Path, stages: Sequence[Stage]) -> list[StageState]:
    """What would be run now, changing nothing. After the first stage that must run, later ones are
    taken to run too; they may yet turn out to be up to date."""
    states: list[StageState] = []
    must_run: set[str] = set()
    for stage in stages:
        fingerprint = stage.fingerprint(recipe) if stage.fingerprint is not None else None
        state = _inspect(stage, recipe, run_dir, fingerprint)
        stale = [name for name in stage.inputs if name in must_run]
        if state.reason is None and stale:
            reason = t("{names} will run first", names=listed(stale))
            state = StageState(stage, reason, state.inputs, state.key)
        if state.reason is not None:
            must_run.add(stage.name)
        states.append(state)
    return states


def check_before_running(states: Sequence[StageState], recipe: Recipe, run_dir: Path) -> None:
    """Find out what would stop the run, before anything is made or removed.

    Raises:
        ConfigError: a folder holds somebody's own files, or this machine cannot do what is asked.
        YanmoError: a task, a model or a setting of the stages of tasks is wrong.
    """
    require_own_recipe(run_dir / RECIPE_NAME, to_toml(recipe))
    for state in states:
        if state.reason is not None:
            require_own_directory(run_dir / state.stage.name)
            if state.stage.check is not None:
                state.stage.check(recipe)
    check_tasks(recipe, [state.stage.name for state in states if state.reason is not None])


def _run_stages(
    states: Sequence[StageState], recipe: Recipe, run_dir: Path, console: Console
) -> RunResult:
    recipe_text = to_toml(recipe)
    recipe_path = run_dir / RECIPE_NAME
    if not recipe_path.exists() or recipe_path.read_text(encoding="utf-8") != recipe_text:
        write_atomically(recipe_path, recipe_text)
    ran: list[str] = []
    up_to_date: list[str] = []
    for stage, fingerprint in [(state.stage, state.inputs.get(SOURCES)) for state in states]:
        state = _inspect(stage, recipe, run_dir, fingerprint)
        if state.reason is None:
            up_to_date.append(stage.name)
            if stage.name == "pretrain" and is_launched():
                from yanmo.pipeline.together import release_followers

                release_followers(recipe)
            continue
        console.note(f"[{stage.name}] {state.reason}")
        _run_stage(state, recipe, run_dir, console)
        ran.append(stage.name)
    return RunResult(run_dir, tuple(ran), tuple(up_to_date))


def _run_stage(state: StageState, recipe: Recipe, run_dir: Path, console: Console) -> None:
    stage, directory = state.stage, run_dir / state.stage.name
    try:
        prepare_directory(stage, state.key, directory, console)
        meter = UsageMeter()
        result = stage.run(StageContext(recipe, run_dir, directory, console))
        console.end_progress()
        write_manifest(
            directory,
            stage=stage.name,
            config=stage.settings(recipe),
            inputs=state.inputs,
            output_files=result.output_files,
            counts=result.counts,
            timings=asdict(meter.read()),
            yanmo_version=yanmo.__version__,
            notes=result.notes,
        )
    except OSError as error:
        raise _system_error(error, directory) from error
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise RunError(
            t("there is not enough memory"),
            where=str(directory),
            why=str(error).strip().splitlines()[0] if str(error).strip() else None,
            hint=t(
                "Make the model smaller or lower pretrain.micro_batch_rows; `yanmo plan` says what"
                " a recipe needs."
            ),
        ) from error


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out. torch says so by its own type on a GPU and in words on the CPU."""
    is_torch = type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)
    return isinstance(error, MemoryError) or is_torch


def _system_error(error: OSError, directory: Path) -> RunError:
    """The error for a file that the system would not let a stage read or write."""
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    kept = sorted(directory.glob("checkpoints/step-*"))
    hint = t("Make room and run the same command again to go on from there.") if is_full else None
    if kept:
        last = t("The last good checkpoint is {path}.", path=kept[-1])
        hint = f"{last} {hint}" if hint else last
    return RunError(
        t("the disk is full") if is_full else t("a file could not be read or written"),
        where=str(directory),
        why=str(error),
        hint=hint,
    )


def _inspect(stage: Stage, recipe: Recipe, run_dir: Path, fingerprint: str | None) -> StageState:
    inputs: dict[str, str] = {}
    for name in stage.inputs:
        manifest = read_manifest(run_dir / name)
        inputs[name] = manifest.content_hash if manifest else ""
    if fingerprint is not None:
        inputs[SOURCES] = fingerprint
    settings = stage.settings(recipe)
    key = stage_key(stage.name, settings, inputs)
    directory = run_dir / stage.name
    return StageState(stage, _reason_to_run(directory, key, settings, inputs), inputs, key)


def _reason_to_run(
    directory: Path, key: str, settings: Mapping[str, Any], inputs: Mapping[str, str]
) -> str | None:
    manifest = read_manifest(directory)
    if manifest is None:
        return t("unfinished") if directory.exists() else t("not made yet")
    if manifest.key != key:
        return _describe_change(manifest, settings, inputs)
    for name, entry in manifest.outputs.items():
        path = directory / name
        if not path.is_file() or path.stat().st_size != entry["bytes"]:
            return t("{name} is missing or truncated", name=path)
    return None


def _describe_change(
    manifest: Manifest, settings: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    changed = [name for name, value in inputs.items() if manifest.inputs.get(name) != value]
    if changed:
        return t("changed: {names}", names=listed(changed))
    old, new = _flatten(manifest.config), _flatten(settings)
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return t("changed: {names}", names=listed(names) or t("the version of yanmo"))


def _flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, entry in value.items():
        if isinstance(entry, Mapping):
            flat |= _flatten(entry, f"{prefix}{name}.")
        else:
            flat[prefix + name] = entry
    return flat
