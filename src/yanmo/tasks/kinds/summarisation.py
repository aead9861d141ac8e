"""Texts and their summaries.

Comes in: DialogSum or the titles of CSL as published, Python's own documentation, or own files with
a column for each side. Goes out: `PairExample`s; what has several summaries has all of them. Knows
no tokens.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from yanmo.core.messages import t
from yanmo.tasks.example import PairExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.kinds.python_docs import open_python_docs
from yanmo.tasks.python_docs import summaries
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile, read_lines
from yanmo.tasks.reading.tables import read_tsv
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_DIALOGSUM = "DialogSum_Data.zip/DialogSum_Data/dialogsum"


class SummarisationConfig(FilesConfig):
    """Texts and what is to be said of them in short."""

    own_file_fields: ClassVar[tuple[str, ...]] = ("text_column", "summary_column")

    kind: Literal["summarisation"]
    """Kind of the task."""
    dataset: Literal["dialogsum", "csl_titles_zh", "python_docs"] | None = None
    """A published data set below `folder`: `dialogsum` (DialogSum_Data.zip; three summaries for
    each talk of the test split), `csl_titles_zh` (dev.tsv: titles from abstracts; one file).
    `python_docs` needs no folder: the first line of docstrings of the running Python from the rest
    of them."""
    text_column: str = "text"
    """Column of the text, in own files."""
    summary_column: str = "summary"
    """Column of the summary; in JSON also a list of several that hold."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        if self.dataset == "python_docs":
            return open_python_docs(name, "summarisation", self, summaries)
        layout = _LAYOUTS[self.dataset] if self.dataset else None
        files = layout_files(folder_of(self, base_dir), layout.files) if layout else None

        def read(task: FileTask, split: Split) -> Iterator[PairExample]:
            for file in task.source.files[split]:
                yield from layout.read(file) if layout else _read_own(file, self)

        return FileTask(
            name,
            "summarisation",
            1,
            self,
            source_of(self, base_dir, files),
            read,
            language=self.language or (layout.language if layout else "en"),
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a published data set lies on disk."""

    language: str
    files: Mapping[Split, str]
    read: Callable[[SourceFile], Iterator[PairExample]]


def _read_own(file: SourceFile, config: SummarisationConfig) -> Iterator[PairExample]:
    columns = [config.text_column, config.summary_column]
    for row in read_rows(file, config.format, columns=columns, has_header=config.has_header):
        summaries = row.texts(config.summary_column)
        if not summaries:
            raise row.error(t("column '{column}' is empty", column=config.summary_column))
        yield PairExample(row.id, row.text(config.text_column), summaries)


def _read_dialogsum(file: SourceFile) -> Iterator[PairExample]:
    """DialogSum (Chen et al. 2021), whose lines are dictionaries in the notation of Python."""
    for number, line in enumerate(read_lines(file), start=1):
        if not line.strip():
            continue
        row = Row(file, number, _literal(file, number, line))
        columns = [
            name for name in ("summary", "summary1", "summary2", "summary3") if row.has(name)
        ]
        summaries = tuple(row.text(column) for column in columns or ["summary"])
        yield PairExample(row.text("fname"), row.text("dialogue"), summaries)


def _literal(file: SourceFile, number: int, line: str) -> dict[str, Any]:
    """The dictionary that a line writes."""
    try:
        value = ast.literal_eval(line)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise file.error(
            t("the line is no dictionary in the notation of Python"), row=number, why=str(error)
        ) from None
    if not isinstance(value, dict):
        raise file.error(t("the line is no dictionary in the notation of Python"), row=number)
    return value


def _read_csl_titles(file: SourceFile) -> Iterator[PairExample]:
    """Titles of Chinese papers from their abstracts: a prompt, the abstract and the title."""
    for row in read_tsv(file, ["1", "2", "3"], has_header=False):
        yield PairExample(row.id, row.text("2"), (row.text("3"),))


_LAYOUTS: dict[str, _Layout] = {
    "dialogsum": _Layout(
        "en",
        {
            "train": f"{_DIALOGSUM}.train.jsonl",
            "validation": f"{_DIALOGSUM}.dev.jsonl",
            "test": f"{_DIALOGSUM}.test.jsonl",
        },
        _read_dialogsum,
    ),
    "csl_titles_zh": _Layout("zh", {"train": "dev.tsv"}, _read_csl_titles),
}
