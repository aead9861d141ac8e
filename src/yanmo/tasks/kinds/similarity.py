"""Pairs of sentences and how alike they are, as a number.

Comes in: STS-B in English or Chinese as published, or own files with two texts and a score. Goes
out: `TextExample`s whose label is a number; one outside the range is an error that names the row.
Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from yanmo.core.messages import t
from yanmo.tasks.example import TextExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.reading.tables import read_csv
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_STSB_COLUMNS = ("1", "2", "3")


class SimilarityConfig(FilesConfig):
    """Pairs of texts with a score of how alike they are."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "text_column",
        "second_column",
        "score_column",
        "min_score",
        "max_score",
    )

    kind: Literal["similarity"]
    """Kind of the task."""
    dataset: Literal["stsb_en", "stsb_zh"] | None = None
    """A published data set below `folder`: STS-B (stsb-en-train.csv, stsb-en-dev.csv,
    stsb-en-test.csv, and the same with zh)."""
    text_column: str = "text"
    """Column of the first text, in own files."""
    second_column: str = "second"
    """Column of the second text, in own files."""
    score_column: str = "score"
    """Column of the score, in own files."""
    min_score: float = 0.0
    """The score of texts that have nothing in common."""
    max_score: float = 5.0
    """The score of texts that mean the same."""

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.min_score >= self.max_score:
            raise ValueError(t("min_score must be below max_score"))
        return self

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        columns = _STSB_COLUMNS
        layout = None
        language = "en"
        if self.dataset is None:
            columns = (self.text_column, self.second_column, self.score_column)
        else:
            language = self.dataset.removeprefix("stsb_")
            layout = layout_files(
                folder_of(self, base_dir),
                {
                    "train": f"stsb-{language}-train.csv",
                    "validation": f"stsb-{language}-dev.csv",
                    "test": f"stsb-{language}-test.csv",
                },
            )

        def read(task: FileTask, split: Split) -> Iterator[TextExample]:
            for file in task.source.files[split]:
                for row in _rows_of(file, self, columns):
                    yield _example(row, self, columns)

        return FileTask(
            name,
            "similarity",
            1,
            self,
            source_of(self, base_dir, layout),
            read,
            language=self.language or language,
        )


def _rows_of(
    file: SourceFile, config: SimilarityConfig, columns: tuple[str, str, str]
) -> Iterator[Row]:
    if config.dataset is not None:
        return read_csv(file, columns, has_header=False)
    return read_rows(file, config.format, columns=columns, has_header=config.has_header)


def _example(row: Row, config: SimilarityConfig, columns: tuple[str, str, str]) -> TextExample:
    """A row as an example.

    Raises:
        DataError: a text is empty, or the score is no number of the range.
    """
    first, second, score_column = columns
    score = row.real(score_column)
    if not config.min_score <= score <= config.max_score:
        raise row.error(
            t(
                "score {score} is outside {lowest} to {highest}",
                score=score,
                lowest=config.min_score,
                highest=config.max_score,
            ),
            hint=t("Correct the row, or set min_score and max_score."),
        )
    return TextExample(row.id, row.text(first), row.text(second), score)
