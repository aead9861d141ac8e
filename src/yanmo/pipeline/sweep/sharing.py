"""Finished stages that several trials have in common: made once, and linked into each.

A stage directory is taken over where its key is the one that would be run now: the same settings,
the same content of its inputs. What its manifest lists is hard-linked, for it is never written
again; logs are copied; checkpoints, which nobody needs of a finished stage, stay behind.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from yanmo.core.console import Console
from yanmo.core.files import fsync_directory, write_atomically
from yanmo.core.lock import LOCK_NAME
from yanmo.core.manifest import MANIFEST_NAME, Manifest, read_manifest
from yanmo.core.messages import listed, t
from yanmo.pipeline.life import StageState, inspect_stages
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import Stage
from yanmo.pipeline.stage_directory import STARTED_NAME, prepare_directory, require_own_directory


def share_stages(
    recipe: Recipe,
    run_dir: Path,
    stages: Sequence[Stage],
    donors: Sequence[Path],
    console: Console,
) -> list[str]:
    """Take over every stage of `run_dir` that is to be run and that one of `donors`, the folders of
    other runs, has finished; the names of those that were.

    Raises:
        ConfigError: a folder holds files that no run made.
        DataError: a manifest is damaged.
    """
    taken: list[str] = []
    for stage in stages:
        (state,) = inspect_stages(recipe, run_dir, [stage])
        if state.reason is None:
            continue
        directory = run_dir / stage.name
        require_own_directory(directory)
        source = _find(state, run_dir, donors)
        if source is None:
            _leave_links(directory)
            continue
        _take(state, source, directory, console)
        taken.append(stage.name)
    if taken:
        console.note("  " + t("taken from another run: {names}", names=listed(taken)))
    return taken


def _find(state: StageState, run_dir: Path, donors: Sequence[Path]) -> Path | None:
    for donor in donors:
        directory = donor / state.stage.name
        if donor != run_dir and directory.is_dir():
            manifest = read_manifest(directory)
            if manifest and manifest.key == state.key and _is_whole(directory, manifest):
                return directory
    return None


def _is_whole(directory: Path, manifest: Manifest) -> bool:
    return all(
        (directory / name).is_file() and (directory / name).stat().st_size == entry["bytes"]
        for name, entry in manifest.outputs.items()
    )


def _take(state: StageState, source: Path, directory: Path, console: Console) -> None:
    """Fill `directory`, the manifest last."""
    manifest = read_manifest(source)
    assert manifest is not None, "it has just been found whole"
    prepare_directory(state.stage, state.key, directory, console)
    for name in manifest.outputs:
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(source / name, target)
    own = {MANIFEST_NAME, STARTED_NAME, LOCK_NAME, *manifest.outputs}
    for path in source.iterdir():
        if path.is_file() and path.name not in own and not path.name.startswith("."):
            shutil.copy2(path, directory / path.name)
    fsync_directory(directory)
    write_atomically(directory / MANIFEST_NAME, (source / MANIFEST_NAME).read_bytes())


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that has no links
        shutil.copy2(source, target)


def _leave_links(directory: Path) -> None:
    """Remove a stage that is damaged and shared: going on in it would write into files that other
    trials have too."""
    manifest = read_manifest(directory)
    if manifest is None:
        return
    files = [directory / name for name in manifest.outputs]
    if any(path.is_file() and path.stat().st_nlink > 1 for path in files):
        if _is_whole(directory, manifest):
            return  # other settings: life puts it aside or clears it, which touches no content
        shutil.rmtree(directory)
