"""From a section of a recipe to a task.

Comes in: the name and the section of a task. Goes out: the task; nothing has been read yet. Knows
no kind: each opens itself (see `yanmo.tasks.config` for how to add one).
"""

from __future__ import annotations

from pathlib import Path

from yanmo.tasks.config import TaskConfig
from yanmo.tasks.task import Task


def open_task(name: str, config: TaskConfig, base_dir: Path = Path()) -> Task:
    """The task that a section describes.

    Args:
        name: as the recipe calls it.
        config: its section.
        base_dir: what relative paths of the section are relative to.

    Raises:
        ConfigError: settings of the section have no effect together.
    """
    return config.open(name, base_dir)
