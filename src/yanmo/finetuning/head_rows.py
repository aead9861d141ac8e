"""Examples of tasks as rows with labels, one head for each task.

In: a task's examples and the encoder of a base model. Out: rows that the trainer can ask for by
number, each with the head it belongs to. A text that is longer than a row may become several rows.
Knows no model and no loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.models.task_head import HeadKind, HeadSpec
from yanmo.tasks.example import Example, QuestionExample, TaggedExample, TextExample
from yanmo.tasks.task import TaskKind
from yanmo.tokens.row_batch import answer_labels, tag_labels
from yanmo.tokens.row_counts import RowCounts
from yanmo.tokens.text_rows import EncodedRows, RowEncoder, TextRow

HEAD_KIND_OF: Mapping[TaskKind, HeadKind] = {
    "classification": "classification",
    "similarity": "regression",
    "entities": "tagging",
    "keywords": "tagging",
    "questions": "spans",
}
"""Which head learns which kind of task."""

Augment = Callable[[Example, np.random.Generator], Example]
"""A changed copy of an example, the label kept; nothing but the generator decides how."""
Ids = npt.NDArray[np.int64]
Label = float | npt.NDArray[np.int64]
"""A class or a number; tags (T,); the ends of a span (2,)."""


@dataclass(frozen=True)
class LabelledRow:
    """A row, what is to be said of it, and by which head."""

    row: TextRow
    label: Label
    head: int = 0


@dataclass(frozen=True)
class TaskRows:
    """How the examples of one task become rows.

    Attributes:
        spec: the head.
        head: its place.
        encoder: of the base model.
    """

    spec: HeadSpec
    head: int
    encoder: RowEncoder

    def encode(self, examples: Sequence[Example]) -> tuple[list[LabelledRow], RowCounts]:
        """Rows of examples, all of which have a target.

        Raises:
            DataError: an example has none.
        """
        encoded = encode_examples(self.encoder, examples)
        numbers = {label: index for index, label in enumerate(self.spec.labels)}
        rows = [
            LabelledRow(row, _label(row, examples[row.item], numbers), self.head)
            for row in encoded.rows
        ]
        return rows, encoded.counts


@dataclass(frozen=True)
class HeadRows:
    """The rows of a split; `num_rows` of them, by number.

    Attributes:
        rows: encoded once, when nothing changes the examples.
        order: (num_rows,) which of `rows` each number stands for: a rare row may come more often.
        examples: for each of `rows` the example that it is made from, where `augment` changes them
            anew each time a row is asked for.
        augment: changes an example; None leaves all as they are.
        tasks: by head, how an example becomes a row.
    """

    rows: Sequence[LabelledRow]
    order: npt.NDArray[np.int64]
    tasks: Sequence[TaskRows]
    examples: Sequence[Example] = ()
    augment: Augment | None = None
    counts: RowCounts = field(default_factory=RowCounts)

    @property
    def num_rows(self) -> int:
        """Rows, those that come more often counted as often."""
        return len(self.order)

    def lengths(self, row_indices: Ids) -> Ids:
        """Tokens of the rows of the given numbers (B,), before anything changes their texts."""
        places = self.order[row_indices]
        return np.array([len(self.rows[place].row) for place in places.tolist()], np.int64)

    def take(self, number: int, generator: np.random.Generator) -> LabelledRow:
        """The row of a number; of an example that is changed and becomes several rows, the one that
        stood there before."""
        place = int(self.order[number])
        kept = self.rows[place]
        if self.augment is None:
            return kept
        changed = self.augment(self.examples[place], generator)
        rows, _ = self.tasks[kept.head].encode([changed])
        return rows[min(kept.row.window, len(rows) - 1)]


def build_head_rows(
    tasks: Sequence[TaskRows],
    examples: Sequence[Sequence[Example]],
    *,
    augment: Augment | None = None,
) -> HeadRows:
    """The rows of all tasks behind each other.

    Args:
        examples: by task, those of one split.
        augment: changes an example every time a row of it is asked for.

    Raises:
        DataError: an example has no target.
    """
    rows: list[LabelledRow] = []
    sources: list[Example] = []
    counts = RowCounts()
    for task, own in zip(tasks, examples, strict=True):
        made, cut = task.encode(own)
        rows += made
        sources += [own[row.row.item] for row in made]
        counts += cut
    return HeadRows(rows, np.arange(len(rows)), tasks, sources, augment, counts)


def encode_examples(encoder: RowEncoder, examples: Sequence[Example]) -> EncodedRows:
    """Rows of examples of one kind, as predictors read them too."""
    first = examples[0]
    if isinstance(first, TextExample):
        texts = [example.text for example in examples if isinstance(example, TextExample)]
        seconds = [example.second for example in examples if isinstance(example, TextExample)]
        return encoder.encode_texts(texts, seconds)
    if isinstance(first, TaggedExample):
        tagged = [example for example in examples if isinstance(example, TaggedExample)]
        return encoder.encode_words(
            [example.tokens for example in tagged], [example.joiner for example in tagged]
        )
    asked = [example for example in examples if isinstance(example, QuestionExample)]
    assert len(asked) == len(examples), f"no head reads a {type(first).__name__}"
    return encoder.encode_questions(
        [example.question for example in asked], [example.passage for example in asked]
    )


def _label(row: TextRow, example: Example, numbers: Mapping[str, int]) -> Label:
    target: Any
    if isinstance(example, TextExample):
        target = example.label
        if isinstance(target, str):
            return float(numbers[target])
        if target is not None:
            return float(target)
    elif isinstance(example, TaggedExample):
        if example.tags is not None:
            return tag_labels(row, [numbers[tag] for tag in example.tags])
    elif isinstance(example, QuestionExample) and example.answers is not None:
        answer = example.answers[0] if example.answers else None
        span = None if answer is None else (answer.start, answer.start + len(answer.text))
        return np.array(answer_labels(row, span), np.int64)
    raise DataError(
        t("an example has no target to learn from"),
        where=getattr(example, "id", None),
        hint=t("Give it one, or take the row out of the file."),
    )
