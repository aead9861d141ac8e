"""Looking through a corpus: pages of documents, found by what they say and where they are from.

In: the Parquet files of a corpus (kept or rejected documents) and what is looked for. Out: a page
of rows, each with its place, and where to go on. Row groups whose statistics rule a match out are
not read, texts are read only where the other columns agree, and a search stops after so many
bytes, so that a corpus of any size answers at once. Knows no report and no screen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yanmo.core.errors import DataError
from yanmo.core.messages import t

FILTERS = ("source", "language", "domain", "split", "step", "reason")
"""Columns by whose value documents are found."""

MISSING = ""
"""The value that stands for null in a filter."""

REJECTED_DIR = "rejected"
SNIPPET_CHARACTERS = 280
_READ_BYTES = 256_000_000
_SEARCH_SECONDS = 1.5
_LEAD_CHARACTERS = 60


@dataclass(frozen=True)
class Query:
    """What is looked for.

    Attributes:
        values: by column of `FILTERS`, the value that it must have; `MISSING` for null.
        text: what the text or the id must hold, in any case of its letters; empty for anything.
    """

    values: Mapping[str, str]
    text: str = ""


@dataclass(frozen=True)
class Found:
    """A document of a page.

    Attributes:
        row: its number among all documents of the files, from 0.
        fields: its columns but for text and metadata.
        characters: of the whole text.
        snippet: the text about the first place that was found, else its beginning.
        snippet_start: the character at which the snippet begins.
    """

    row: int
    fields: Mapping[str, Any]
    characters: int
    snippet: str
    snippet_start: int


@dataclass(frozen=True)
class Page:
    """Documents that were found, in their order.

    Attributes:
        rows: at most as many as were asked for.
        next_row: where to go on; None at the end.
        total: documents in the files, found or not.
    """

    rows: tuple[Found, ...]
    next_row: int | None
    total: int


def document_files(corpus_dir: Path, *, rejected: bool = False) -> list[Path]:
    """The files of the kept or of the rejected documents, in reading order; may be none."""
    folder = corpus_dir / REJECTED_DIR if rejected else corpus_dir
    return sorted(folder.glob("part-*.parquet"))


def browse(files: Sequence[Path], query: Query, start: int = 0, limit: int = 25) -> Page:
    """A page of documents.

    Args:
        files: as `document_files` gives them.
        query: what is looked for.
        start: the first row that is looked at.
        limit: rows on the page.

    Raises:
        DataError: a file is damaged or is no file of documents.
    """
    rows: list[Found] = []
    total = count_documents(files)
    started_at = time.monotonic()
    read_bytes = 0
    for group in _groups(files):
        if group.end <= start:
            continue
        if group.begin > start and rows and len(rows) >= limit:
            break
        is_tired = read_bytes > _READ_BYTES or time.monotonic() - started_at > _SEARCH_SECONDS
        if is_tired:
            return Page(tuple(rows), max(group.begin, start), total)
        if not group.may_hold(query):
            continue
        first = max(0, start - group.begin)
        read_bytes += group.num_bytes
        for found in _matches(group, query, first, limit - len(rows)):
            rows.append(found)
        if len(rows) >= limit:
            following = rows[-1].row + 1
            return Page(tuple(rows), following if following < total else None, total)
    return Page(tuple(rows), None, total)


def count_documents(files: Sequence[Path]) -> int:
    """The documents in files, by their footers."""
    return sum(_footer(path).num_rows for path in files)


def read_document(files: Sequence[Path], row: int) -> dict[str, Any]:
    """All columns of one document.

    Raises:
        DataError: there is no such row, or a file is damaged.
    """
    for group in _groups(files):
        if group.begin <= row < group.end:
            table = group.read(None)
            fields: dict[str, Any] = table.slice(row - group.begin, 1).to_pylist()[0]
            return fields
    raise DataError(
        t("there is no document {row}", row=row),
        where=str(files[0].parent) if files else None,
        why=t("the files hold {n:,} {n:document|documents}", n=count_documents(files)),
    )


def find_id(files: Sequence[Path], identity: str) -> int | None:
    """The row of the document with this id, or None."""
    for group in _groups(files):
        ids = group.read(["id"])["id"].to_pylist()
        if identity in ids:
            return group.begin + int(ids.index(identity))
    return None


@dataclass(frozen=True)
class _Group:
    """A row group: rows `begin` to `end - 1` of all files."""

    path: Path
    number: int
    begin: int
    end: int

    @property
    def num_bytes(self) -> int:
        """Its size when read."""
        return int(_footer(self.path).row_group(self.number).total_byte_size)

    def read(self, columns: list[str] | None) -> pa.Table:
        """Some columns of it, or all."""
        try:
            # Many threads read at once, and an open file belongs to one of them.
            with pq.ParquetFile(self.path, metadata=_footer(self.path)) as file:
                return file.read_row_group(self.number, columns=columns, use_threads=False)
        except (pa.ArrowException, OSError, KeyError) as error:
            raise _damaged(self.path, error) from error

    @property
    def columns(self) -> list[str]:
        """The columns of its file."""
        return list(_footer(self.path).schema.names)

    def may_hold(self, query: Query) -> bool:
        """Whether the statistics leave room for a match."""
        described = _footer(self.path).row_group(self.number)
        by_name = {
            described.column(index).path_in_schema: described.column(index).statistics
            for index in range(described.num_columns)
        }
        for name, value in query.values.items():
            if name not in by_name:
                return False
            known = by_name[name]
            if known is None:
                continue
            if value == MISSING:
                if known.has_null_count and known.null_count == 0:
                    return False
            elif known.has_min_max and not known.min <= value <= known.max:
                return False
        return True


def _groups(files: Sequence[Path]) -> Iterator[_Group]:
    begin = 0
    for path in files:
        metadata = _footer(path)
        for number in range(metadata.num_row_groups):
            end = begin + metadata.row_group(number).num_rows
            yield _Group(path, number, begin, end)
            begin = end


def _matches(group: _Group, query: Query, first: int, limit: int) -> list[Found]:
    """The first `limit` matches in a row group, from its row `first` on.

    Plain lists are fast enough for a row group; arrow's own comparisons load pandas where it is
    installed, which takes longer than a page may.
    """
    light = [name for name in ("id", *FILTERS, "url") if name in group.columns]
    columns = group.read(light)
    rows: Sequence[int] = range(first, columns.num_rows)
    for name, value in query.values.items():
        values, wanted = columns[name].to_pylist(), value or None
        rows = [row for row in rows if values[row] == wanted]
    if not rows:
        return []
    texts = group.read(["text"])["text"]
    if query.text:
        ids = columns["id"].to_pylist()
        is_held = pc.match_substring(texts, query.text, ignore_case=True).to_pylist()
        rows = [row for row in rows if is_held[row] or ids[row].startswith(query.text)]
    found = []
    for row in rows[:limit]:
        text = texts[row].as_py()
        begin = _place_of(text, query.text)
        snippet = text[begin : begin + SNIPPET_CHARACTERS]
        fields = {name: columns[name][row].as_py() for name in light}
        found.append(Found(group.begin + row, fields, len(text), snippet, begin))
    return found


def _place_of(text: str, wanted: str) -> int:
    """Where a snippet begins: a little before what is looked for, else at the beginning."""
    place = text.lower().find(wanted.lower()) if wanted else 0
    return max(0, place - _LEAD_CHARACTERS) if place > SNIPPET_CHARACTERS // 2 else 0


def _footer(path: Path) -> pq.FileMetaData:
    """What the file says of itself; read once, until the file is another one."""
    try:
        found = path.stat()
        return _footer_once(path, found.st_mtime_ns, found.st_size)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


@lru_cache(maxsize=256)
def _footer_once(path: Path, _mtime_ns: int, _size: int) -> pq.FileMetaData:
    return pq.read_metadata(path)


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        t("these documents cannot be read"),
        where=str(path),
        why=str(error),
        hint=t("Make the corpus again: yanmo corpus RECIPE"),
    )
