"""One file on its way to documents: what it is called, its lines, its records.

Comes in: a path and a name for reports. Goes out: lines of text and documents that say where they
were found. Knows no format; the readers share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.lines import Line, read_lines
from yanmo.corpus.sources.reading import Item, Unreadable, document_or_unreadable
from yanmo.corpus.sources.records import small_fields, text_of_record, url_of_record
from yanmo.corpus.sources.streams import Damaged, read_blocks


def _always(_offset: int | None) -> bool:
    """Every record may be read."""
    return True


@dataclass(frozen=True, slots=True)
class FileToRead:
    """One file of a source.

    Args:
        path: where it is.
        name: how the report and the metadata call it.
        source: the source's name in the report.
        may_read: asked before a record that can be slow or fatal to parse (a web page, a PDF), with
            its offset or None. It starts the clock on the record, and answers False where the
            record has ended or stalled a worker before: the reader then yields `too_hard(offset)`
            and goes on with the next one.
    """

    path: Path
    name: str
    source: str
    may_read: Callable[[int | None], bool] = _always

    def too_hard(self, offset: int | None) -> Unreadable:
        """A note about a record that no worker could read."""
        return self.unreadable(offset, t("reading this took too long or ended the process"))

    def unreadable(self, offset: int | None, error: str, hint: str | None = None) -> Unreadable:
        """A note about this file."""
        return Unreadable(self.name, offset, error, hint)

    def damaged(self, damage: Damaged) -> Unreadable:
        """A note about damage to this file."""
        return Unreadable(self.name, damage.offset, damage.error, damage.hint)

    def document(self, text: str, offset: int | None, **metadata: Any) -> Item:
        """A document from this file."""
        metadata = {"file": self.name, **metadata}
        return document_or_unreadable(
            text, source=self.source, url=None, metadata=metadata, offset=offset
        )


class FileLines:
    """The readable lines of a file; what is unreadable gathers in `problems`.

    Args:
        file: the file.
        encoding: its encoding; None detects it.
        keep_cut_line: also give the beginning of a line that damage cut off.
    """

    def __init__(self, file: FileToRead, encoding: str | None, *, keep_cut_line: bool) -> None:
        self.problems: list[Item] = []
        self.encoding = ""
        self._file = file
        self._keep_cut_line = keep_cut_line
        self._lines: Iterator[Line] = iter(())
        try:
            self.encoding, self._lines = read_lines(read_blocks(file.path), encoding)
        except Damaged as damage:
            self.problems.append(file.damaged(damage))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """The offset and the text of each line."""
        try:
            for line in self._lines:
                if line.text is None:
                    error = t("bytes that are not valid {codec}", codec=self.encoding)
                    self.problems.append(self._file.unreadable(line.offset, error))
                elif self._keep_cut_line or not line.is_cut:
                    yield line.offset, line.text
        except Damaged as damage:
            self.problems.append(self._file.damaged(damage))

    def take_problems(self) -> list[Item]:
        """The notes gathered since the last call."""
        problems, self.problems = self.problems, []
        return problems


def record_document(
    file: FileToRead, record: Any, config: FilesSource, number: int, **metadata: Any
) -> Item:
    """A record as a document. `number` is its place in the file, as the report gives it."""
    text = text_of_record(record, config.text_field)
    if text is None:
        return file.unreadable(number, t("the record is neither a string nor an object"))
    metadata = {"file": file.name, "record": number, **metadata}
    if fields := small_fields(record, config.text_field):
        metadata["fields"] = fields
    return document_or_unreadable(
        text, source=file.source, url=url_of_record(record), metadata=metadata, offset=number
    )
