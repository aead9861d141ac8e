"""The rows of tasks, read to the last one before anything is learned from the first.

In: a recipe and which splits of which tasks its stages will read. Out: what the later checks ask
of each task; its rows themselves are dropped again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.finetuning.speech import alphabet_of
from yanmo.pipeline.finetune.plan import labels_of
from yanmo.pipeline.finetune.predictions import known_gold
from yanmo.pipeline.finetune.run import require_learnable
from yanmo.tasks.example import Example, SpeechExample
from yanmo.tasks.metrics.of_kind import gold_of
from yanmo.tasks.task import Split, Task, TaskKind


@dataclass(frozen=True)
class SplitUse:
    """A split of a task that a stage reads.

    Attributes:
        task: its name.
        split: train, validation or test.
        is_learned: whether every example is learned from.
        is_measured: whether every example is measured on.
        max_examples: the first so many of them; None where it is all.
    """

    task: str
    split: Split
    is_learned: bool = False
    is_measured: bool = False
    max_examples: int | None = None


@dataclass(frozen=True)
class ReadTask:
    """What is known of a task whose rows are good.

    Attributes:
        name, kind, labels, target_language: of the task.
        num_train: examples to learn from; 0 where nobody learns from it.
        labels_of_train: how many of them carry each label.
        alphabet: of a task of recordings, the characters that are said.
        sample_rate_hz: of its recordings; None of other tasks.
    """

    name: str
    kind: TaskKind
    labels: tuple[str, ...]
    target_language: str
    num_train: int = 0
    labels_of_train: Mapping[object, int] | None = None
    alphabet: str = ""
    sample_rate_hz: int | None = None


def read_task(task: Task, uses: Iterable[SplitUse]) -> ReadTask:
    """Read every split that is used, and check every row of it.

    Args:
        task: opened; it keeps its rows as long as the caller keeps it.
        uses: all of this task.

    Raises:
        ConfigError: the task has no such split.
        DataError: a file is missing, or a row is wrong.
    """
    asked = list(uses)
    if any(use.is_learned for use in asked):
        require_learnable(task)
    train: Sequence[Any] = ()
    for use in asked:
        examples = task.examples(use.split)
        if use.is_learned and use.split == "train":
            train = examples
            _require_targets(examples)
        if use.is_measured:
            known_gold(examples[: use.max_examples])
    return ReadTask(
        task.name,
        task.kind,
        tuple(task.labels),
        task.target_language,
        len(train),
        Counter(labels_of(train)) if task.kind == "classification" else None,
        *_heard(train),
    )


def _require_targets(examples: Sequence[Example]) -> None:
    """Every example that is learned from says what is right."""
    for example in examples:
        if gold_of(example) is None:
            raise DataError(
                t("an example has no target to learn from"),
                where=example.id,
                hint=t("Give it one, or take the row out of the file."),
            )


def _heard(examples: Sequence[Example]) -> tuple[str, int | None]:
    """The characters and the rate of recordings."""
    spoken = [one for one in examples if isinstance(one, SpeechExample)]
    if not spoken:
        return "", None
    return alphabet_of(spoken), spoken[0].sample_rate_hz
