"""One file on its way to documents: what it is called, its lines, its records.

Comes in: a path and a name for reports. Goes out: lines of text and documents that say where they
were found. Knows no format; the readers share it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.encoding import is_valid_unicode
from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.lines import EncodedBlocks, read_pieces, split_lines, with_encoding
from yanmo.corpus.sources.reading import (
    Item,
    RawDocument,
    Unreadable,
    document_or_unreadable,
)
from yanmo.corpus.sources.records import (
    date_of_record,
    domain_of_record,
    language_of_record,
    small_fields,
    text_of_record,
    url_of_record,
)
from yanmo.corpus.sources.streams import Damaged, read_blocks

MAX_LINE_BYTES = 64_000_000
"""The longest line that is read, where the recipe does not say."""


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
        language: the language of all documents of the source, where the recipe gives it.
        domain: the domain of all documents of the source, where the recipe gives it.
    """

    path: Path
    name: str
    source: str
    may_read: Callable[[int | None], bool] = _always
    language: str | None = None
    domain: str | None = None

    def too_hard(self, offset: int | None) -> Unreadable:
        """A note about a record that no worker could read."""
        return self.unreadable(offset, t("reading this took too long or ended the process"))

    def too_long(self, offset: int | None, max_bytes: int) -> Unreadable:
        """A note about a record that is longer than the recipe allows."""
        return self.unreadable(
            offset,
            t("longer than {limit} bytes", limit=max_bytes),
            t("Raise max_document_bytes to read it."),
        )

    def unreadable(self, offset: int | None, error: str, hint: str | None = None) -> Unreadable:
        """A note about this file."""
        return Unreadable(self.name, offset, error, hint)

    def damaged(self, damage: Damaged) -> Unreadable:
        """A note about damage to this file."""
        return Unreadable(self.name, damage.offset, damage.error, damage.hint)

    def document(
        self,
        text: str,
        offset: int | None,
        *,
        url: str | None = None,
        language: str | None = None,
        domain: str | None = None,
        **metadata: Any,
    ) -> Item:
        """A document from this file. Metadata that is None is left out; the language and the domain
        that the recipe gives overrule those given here."""
        known = {name: value for name, value in metadata.items() if value is not None}
        return document_or_unreadable(
            text,
            source=self.source,
            url=url,
            metadata={"file": self.name, **known},
            offset=offset,
            language=self.language or language,
            domain=self.domain or domain,
        )


class FileLines:
    """The readable lines of a file; what is unreadable gathers in `problems`.

    Args:
        file: the file.
        encoding: its encoding; None detects it.
        keep_cut_line: also give the beginning of a line that damage cut off.
        max_line_bytes: a longer line is a problem, and is not held in memory.
    """

    def __init__(
        self,
        file: FileToRead,
        encoding: str | None,
        *,
        keep_cut_line: bool,
        max_line_bytes: int = MAX_LINE_BYTES,
    ) -> None:
        self.problems: list[Item] = []
        self.encoding = ""
        self.found: dict[str, Any] = {}
        """The encoding as metadata: its name, and the confidence where it does not prove itself."""
        self.is_utf8 = False
        """Whether the lines are UTF-8 once they are unpacked."""
        self._file = file
        self._keep_cut_line = keep_cut_line
        self._max_line_bytes = max_line_bytes
        self._encoded = EncodedBlocks("", 1.0, "utf-8", iter(()))
        try:
            self._encoded = with_encoding(read_blocks(file.path), encoding)
        except Damaged as damage:
            self.problems.append(file.damaged(damage))
        else:
            self.encoding = self._encoded.name
            self.is_utf8 = self._encoded.codec == "utf-8"
            self.found = encoding_metadata(self._encoded.name, self._encoded.confidence)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """The offset and the text of each line; the text ends in a line feed."""
        codec = self._encoded.codec
        for offset, data in self.raw():
            try:
                yield offset, data.decode(codec) + "\n"
            except UnicodeDecodeError:
                self.note_undecodable(offset)

    def raw(self) -> Iterator[tuple[int, bytes]]:
        """The offset and the bytes of each line, without line feed and byte order mark."""
        try:
            for line in split_lines(self._encoded, self._max_line_bytes):
                if line.data is None:
                    self.problems.append(self._file.too_long(line.offset, self._max_line_bytes))
                elif self._keep_cut_line or not line.is_cut:
                    yield line.offset, _without_mark(line.data) if not line.offset else line.data
        except Damaged as damage:
            self.problems.append(self._file.damaged(damage))

    def decode(self, data: bytes) -> str:
        """A line of `raw` as text.

        Raises:
            UnicodeDecodeError: it is not valid in the file's encoding.
        """
        return data.decode(self._encoded.codec)

    def pieces(self) -> Iterator[str]:
        """All text, in pieces of some lines; a very long line comes in several."""
        try:
            for piece in read_pieces(self._encoded):
                if piece.text is None:
                    self.note_undecodable(piece.offset)
                else:
                    yield piece.text.removeprefix("\ufeff") if not piece.offset else piece.text
        except Damaged as damage:
            self.problems.append(self._file.damaged(damage))

    def note_undecodable(self, offset: int) -> None:
        """Remember that the line at `offset` is not valid in the file's encoding."""
        error = t("bytes that are not valid {codec}", codec=self.encoding)
        self.problems.append(self._file.unreadable(offset, error))

    def take_problems(self) -> list[Item]:
        """The notes gathered since the last call."""
        problems, self.problems = self.problems, []
        return problems


def encoding_metadata(name: str, confidence: float) -> dict[str, Any]:
    """What is kept of the decision on an encoding."""
    if name == "utf-8" or name.startswith(("utf-16", "utf-32")):
        return {"encoding": name}
    return {"encoding": name, "encoding_confidence": confidence}


def _without_mark(line: bytes) -> bytes:
    return line.removeprefix(codecs.BOM_UTF8)


def record_document(
    file: FileToRead,
    record: Any,
    config: FilesSource,
    number: int,
    *,
    may_hold_surrogates: bool = True,
    **metadata: Any,
) -> Item:
    """A record as a document. `number` is its place in the file, as the report gives it.

    `may_hold_surrogates` says that the record was not made by a strict decoder, so that its text
    has to be checked for half a surrogate pair.
    """
    try:
        text = text_of_record(record, config.text_field)
    except RecursionError:
        return file.unreadable(number, t("the record is nested too deeply"))
    if text is None:
        return file.unreadable(number, t("the record is neither a string nor an object"))
    if len(text) > config.max_document_bytes:
        return file.too_long(number, config.max_document_bytes)
    if may_hold_surrogates and not is_valid_unicode(text):
        return file.unreadable(number, t("the text holds a lone surrogate"))
    metadata = {"file": file.name, "record": number, **metadata}
    if not isinstance(record, dict):
        return RawDocument(text, file.source, None, metadata, file.language, file.domain)
    if (date := date_of_record(record)) is not None:
        metadata["date"] = date
    if fields := small_fields(record, config.text_field):
        metadata["fields"] = fields
    return RawDocument(
        text,
        file.source,
        url_of_record(record),
        metadata,
        file.language or language_of_record(record),
        file.domain or domain_of_record(record),
    )
