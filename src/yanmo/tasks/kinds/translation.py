"""Sentences and their translations.

Comes in: Multi30k or TED as published, pairs of files with one sentence a line (as Moses writes
them), or tables and JSON lines with a column for each side. Goes out: `PairExample`s. Files that
differ in their number of lines are refused. Knows no tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.messages import t
from yanmo.tasks.example import PairExample
from yanmo.tasks.file_task import (
    SPLITS,
    FileTask,
    SplitSource,
    folder_of,
    source_of,
)
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile, found_file, read_lines
from yanmo.tasks.reading.tables import read_tsv
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import Files, FilesConfig

TARGETS = {split: f"{split}_target" for split in SPLITS}


class TranslationConfig(FilesConfig):
    """Texts and their translations."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "target_language",
        "source_column",
        "target_column",
        *TARGETS.values(),
    )

    kind: Literal["translation"]
    """Kind of the task."""
    dataset: Literal["multi30k_en_de", "ted_en_zh"] | None = None
    """A published data set below `folder`: `multi30k_en_de` (train, val and test_2016_flickr, each
    with the endings .en and .de), `ted_en_zh` (parallel_corpus_en_zh.txt, one file; its pairs of
    which one side is empty are left out). Either is read the other way round where `language` is
    its second one."""
    target_language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    """Language of the translations, which decides how metrics cut them. Derived: that of the
    published data set; own files must say it."""
    source_column: str = "source"
    """Column of the text, in own files with columns."""
    target_column: str = "target"
    """Column of its translation; in JSON also a list of several that hold."""
    train_target: Files | None = None
    """The other side of `train`, line by line, where each side has a file of its own."""
    validation_target: Files | None = None
    """The other side of `validation`."""
    test_target: Files | None = None
    """The other side of `test`."""

    @model_validator(mode="after")
    def _check_sides(self) -> Self:
        for split, field in TARGETS.items():
            if getattr(self, field) is None:
                continue
            if len(_listed(getattr(self, field))) != len(_listed(getattr(self, split))):
                raise ValueError(
                    t("{split} and {target} need as many files", split=split, target=field)
                )
        if self.dataset is None and self.target_language is None:
            raise ValueError(t("own files of a translation need target_language"))
        if self.dataset is not None and self.language not in (None, *_LAYOUTS[self.dataset].sides):
            raise ValueError(
                t(
                    "{dataset} is not in the language {language}",
                    dataset=self.dataset,
                    language=self.language,
                )
            )
        return self

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        if self.dataset is not None:
            return _open_published(name, self, base_dir)
        own = source_of(self, base_dir)
        folder = folder_of(self, base_dir)
        files: dict[Split, Sequence[SourceFile]] = {}
        for split, found in own.files.items():
            targets = _listed(getattr(self, TARGETS[split]))
            files[split] = [*found, *(SourceFile(folder / name, name) for name in targets)]

        def read(task: FileTask, split: Split) -> Iterator[PairExample]:
            found = task.source.files[split]
            if getattr(self, TARGETS[split]) is None:
                for file in found:
                    yield from _read_columns(file, self)
                return
            half = len(found) // 2
            for source, target in zip(found[:half], found[half:], strict=True):
                yield from read_sides(source, target)

        return _task(name, self, replace(own, files=files), read, (self.language or "en", ""))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a published data set lies on disk.

    Args:
        sides: its two languages.
        files: of each split, one file with both sides or one for each.
        read: the pairs of those files, in the order of the languages.
    """

    sides: tuple[str, str]
    files: Mapping[Split, tuple[str, ...]]
    read: Callable[[FileTask, Sequence[SourceFile]], Iterator[PairExample]]


def read_sides(source: SourceFile, target: SourceFile) -> Iterator[PairExample]:
    """Pairs of two files, the line of one with the same line of the other.

    Raises:
        DataError: they have different numbers of lines, or a line is empty.
    """
    sources, targets = read_lines(source), read_lines(target)
    if len(sources) != len(targets):
        raise target.error(
            t(
                "the sides differ: {source} has {num_sources} lines, {target} has {num_targets}",
                source=source.name,
                num_sources=len(sources),
                target=target.name,
                num_targets=len(targets),
            ),
            row=min(len(sources), len(targets)) + 1,
            hint=t("From some line on, the pairs do not belong together. Use the original files."),
        )
    for number, (text, translation) in enumerate(zip(sources, targets, strict=True), start=1):
        source_row = Row(source, number, {"source": text})
        target_row = Row(target, number, {"target": translation})
        yield PairExample(source_row.id, source_row.text("source"), (target_row.text("target"),))


def _open_published(name: str, config: TranslationConfig, base_dir: Path) -> Task:
    layout = _LAYOUTS[config.dataset or ""]
    is_reversed = config.language == layout.sides[1]
    folder = folder_of(config, base_dir)
    files = {
        split: [found_file(folder, name) for name in names] for split, names in layout.files.items()
    }

    def read(task: FileTask, split: Split) -> Iterator[PairExample]:
        for pair in layout.read(task, task.source.files[split]):
            yield _turned(pair) if is_reversed else pair

    sides = layout.sides[::-1] if is_reversed else layout.sides
    return _task(name, config, source_of(config, base_dir, files), read, sides)


def _task(
    name: str,
    config: TranslationConfig,
    source: SplitSource,
    read: Callable[[FileTask, Split], Iterator[PairExample]],
    sides: Sequence[str],
) -> Task:
    return FileTask(
        name,
        "translation",
        1,
        config,
        source,
        read,
        language=sides[0],
        target_language=config.target_language or sides[1],
    )


def _read_columns(file: SourceFile, config: TranslationConfig) -> Iterator[PairExample]:
    """Pairs of a file with a column for each side."""
    columns = [config.source_column, config.target_column]
    for row in read_rows(file, config.format, columns=columns, has_header=config.has_header):
        targets = row.texts(config.target_column)
        if not targets:
            raise row.error(t("column '{column}' is empty", column=config.target_column))
        yield PairExample(row.id, row.text(config.source_column), targets)


def _read_files_of_sides(_: FileTask, files: Sequence[SourceFile]) -> Iterator[PairExample]:
    yield from read_sides(files[0], files[1])


def _read_ted(task: FileTask, files: Sequence[SourceFile]) -> Iterator[PairExample]:
    """The pairs of TED in columns without names. As published, a few have one side only."""
    num_left_out = 0
    for row in read_tsv(files[0], ["1", "2"], has_header=False):
        if not (row.has("1") and row.has("2")):
            num_left_out += 1
            continue
        yield PairExample(row.id, row.text("1"), (row.text("2"),))
    if num_left_out:
        task.notes.append(
            t(
                "{file}: {count} {count:pair|pairs} with an empty side left out",
                file=files[0].name,
                count=num_left_out,
            )
        )


def _turned(pair: PairExample) -> PairExample:
    return PairExample(pair.id, pair.targets[0], (pair.source,))


def _listed(files: Files | None) -> list[str]:
    return [files] if isinstance(files, str) else list(files or ())


_LAYOUTS: dict[str, _Layout] = {
    "multi30k_en_de": _Layout(
        ("en", "de"),
        {
            "train": ("train.en", "train.de"),
            "validation": ("val.en", "val.de"),
            "test": ("test_2016_flickr.en", "test_2016_flickr.de"),
        },
        _read_files_of_sides,
    ),
    "ted_en_zh": _Layout(("en", "zh"), {"train": ("parallel_corpus_en_zh.txt",)}, _read_ted),
}
