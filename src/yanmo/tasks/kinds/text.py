"""Text as it is, to measure how well a model foresees it: perplexity and bits per byte.

Comes in: plain text (one example each file, or each line), or rows with a text column. Goes out:
`TextExample`s without labels. Knows no tokenizer: what is a token is the model's affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from yanmo.tasks.example import TextExample
from yanmo.tasks.file_task import FileTask, source_of
from yanmo.tasks.reading.rows import format_of, read_rows
from yanmo.tasks.reading.source_file import SourceFile, read_text
from yanmo.tasks.task import Task
from yanmo.tasks.task_config import FilesConfig


class TextConfig(FilesConfig):
    """Any text: a language model is measured on it."""

    kind: Literal["text"] = "text"
    """Kind of the task."""
    text_column: str = "text"
    """Column of the text, in files with columns."""
    is_document: bool = True
    """Whether a plain text file is one text; else each of its lines is one."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        return FileTask(
            name,
            "text",
            1,
            self,
            source_of(self, base_dir),
            read=lambda task, split: (
                example for file in task.source.files[split] for example in _read_texts(file, self)
            ),
            language=self.language or "en",
        )


def _read_texts(file: SourceFile, config: TextConfig) -> Iterator[TextExample]:
    """The texts of one file."""
    row_format = config.format or format_of(file)
    if row_format == "lines" and config.is_document:
        yield TextExample(file.name, read_text(file))
        return
    column = "text" if row_format == "lines" else config.text_column
    for row in read_rows(file, row_format, columns=[column], has_header=config.has_header):
        yield TextExample(row.id, row.text(column))
