"""What a stage is: a name, what it reads, which settings decide its result, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.pipeline.recipe import Recipe

SOURCES = "sources"
"""Name under which the fingerprint of files outside the run enters a stage's inputs."""


@dataclass(frozen=True)
class StageContext:
    """Where a stage works. Its own files go below `directory`; earlier stages lie beside it."""

    recipe: Recipe
    run_dir: Path
    directory: Path
    console: Console


@dataclass(frozen=True)
class StageResult:
    """Files that make up the stage's content, and numbers worth keeping in its manifest."""

    output_files: list[Path]
    counts: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)


def _always(_: Recipe) -> bool:
    return True


@dataclass(frozen=True)
class Stage:
    """A step of the life.

    Attributes:
        name: also the name of its directory.
        inputs: stages that it reads, if the recipe has them run.
        settings: what of a recipe decides its result.
        run: does the work; the manifest is written by the caller.
        fingerprint: of files outside the run that it reads, or None; of none, it gives None.
        check: refuses settings that this machine cannot do, before any stage runs; or None.
        is_wanted: whether a recipe has it run.
        is_resumable: an unfinished directory of the same settings is gone on with, not cleared.
        keeps_earlier: what was made under other settings is put aside, not removed.
        verb: the command that has it run, where that is not its name.
    """

    name: str
    inputs: tuple[str, ...]
    settings: Callable[[Recipe], dict[str, Any]]
    run: Callable[[StageContext], StageResult]
    fingerprint: Callable[[Recipe], str | None] | None = None
    check: Callable[[Recipe], None] | None = None
    is_wanted: Callable[[Recipe], bool] = _always
    is_resumable: bool = False
    keeps_earlier: bool = False
    verb: str | None = None

    @property
    def command(self) -> str:
        """The command that has it run."""
        return self.verb or self.name
