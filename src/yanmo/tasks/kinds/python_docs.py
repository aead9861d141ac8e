"""The data set `python_docs`, which several kinds of tasks have: nothing has to be there for it.

Comes in: the section of a task whose dataset is `python_docs`. Goes out: a task whose files are
those of the standard library. What its examples are is in `yanmo.tasks.python_docs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yanmo.tasks.file_task import SPLITS, FileTask, source_of
from yanmo.tasks.python_docs import python_files
from yanmo.tasks.task import Split, TaskKind
from yanmo.tasks.task_config import FilesConfig


def open_python_docs(
    name: str,
    kind: TaskKind,
    config: FilesConfig,
    examples: Callable[[], Mapping[Split, Sequence[Any]]],
    labels: Callable[[], tuple[str, ...]] = tuple,
) -> FileTask:
    """A task over Python's own documentation.

    Args:
        name: as the recipe calls it.
        kind: what its examples are.
        config: its section.
        examples: gives the examples of each split, `summaries` or `families`.
        labels: gives the classes.

    Raises:
        ConfigError: the section cuts splits off, which are fixed here.
        DataError: this Python has no source files of its library.
    """
    files = python_files()
    return FileTask(
        name,
        kind,
        1,
        config,
        source_of(config, Path(), dict.fromkeys(SPLITS, files)),
        lambda _task, split: examples()[split],
        read_labels=lambda _task: labels(),
    )
