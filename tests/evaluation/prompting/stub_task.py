"""A task made of given examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yanmo.tasks.task import Split, TaskKind


@dataclass
class StubTask:
    """What `Task` asks for, without files."""

    kind: TaskKind
    data: dict[Split, list[Any]]
    name: str = "stub"
    version: int = 1
    language: str = "en"
    target_language: str = ""
    labels: tuple[str, ...] = field(default=())

    @property
    def splits(self) -> tuple[Split, ...]:
        return tuple(self.data)

    def examples(self, split: Split) -> Sequence[Any]:
        return self.data[split]

    def files(self, split: Split) -> Sequence[str]:
        return ()
