"""The interface of every task: a name, a version, splits of examples, and what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from yanmo.tasks.example import Example

TaskKind = Literal[
    "classification",
    "similarity",
    "entities",
    "questions",
    "translation",
    "summarisation",
    "keywords",
    "conversations",
    "preferences",
    "choices",
    "speech",
    "text",
]
Split = Literal["train", "validation", "test"]


class Task(Protocol):
    """Data of one task. Opening it reads nothing; `examples` reads a split once and keeps it.

    Attributes:
        name: as the recipe calls it.
        kind: what its examples are.
        version: rises whenever the same files give other examples.
        language: `en`, `zh` ..., of the text that is measured; decides how metrics cut it.
        target_language: that of the targets, where it is another one (translation).
    """

    name: str
    kind: TaskKind
    version: int
    language: str
    target_language: str

    @property
    def splits(self) -> tuple[Split, ...]:
        """Splits that there are files for."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes or tags in a fixed order; empty where the task has none."""

    def examples(self, split: Split) -> Sequence[Any]:
        """The examples of a split, in the order of the file.

        Raises:
            DataError: a file is missing, cannot be decoded, or a row is wrong: names file and row.
        """

    def files(self, split: Split) -> Sequence[str]:
        """Paths of the files that a split is read from, for fingerprints."""


def described(example: Example) -> str:
    """An example as one short line, for messages."""
    text = next(
        getattr(example, name)
        for name in ("text", "question", "source", "context", "tokens", "turns", "transcript")
        if hasattr(example, name)
    )
    return f"{example.id}: {str(text)[:60]}"
