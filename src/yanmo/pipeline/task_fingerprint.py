"""Whether the files of tasks are what they were: hashes of what the splits are read from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yanmo.core.files import sha256_of_file
from yanmo.pipeline.recipe import Recipe
from yanmo.tasks.build import open_task


def fingerprint_splits(recipe: Recipe, tasks: Sequence[str], splits: tuple[Any, ...]) -> list[Any]:
    """Hashes of the files of tasks; one that is missing is reported by the stage."""
    found: list[Any] = []
    for task_name in tasks:
        task = open_task(task_name, recipe.tasks[task_name])
        files = sorted({path for split in splits for path in task.files(split)})
        found.append([task.version, [_hash_of(path) for path in files]])
    return found


def _hash_of(path: str) -> str:
    return sha256_of_file(Path(path)) if Path(path).is_file() else "missing"
