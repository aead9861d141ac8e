"""The formats with rows and columns: .csv, .tsv and .parquet.

Comes in: one file. Goes out: a document for each row, and a note for every row that cannot be read;
a reader never raises for bad data. Memory is bounded by the longest row that is allowed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yanmo.core.messages import listed, t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead, record_document
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.streams import Damaged, seekable_file

_MAX_READ_AGAIN_BYTES = 256_000_000
_PARQUET_BATCH_ROWS = 512
_MAX_SMALL_BYTES = 1_200


def read_csv(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A table with a header line; the text is in the column `text_field`."""
    return _read_table(file, config, delimiter=",", quoting=csv.QUOTE_MINIMAL)


def read_tsv(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """As `read_csv`, with tabs between the fields and no meaning for quotation marks."""
    return _read_table(file, config, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_parquet(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A table; the text is in the column `text_field`, small values in the others are kept."""
    try:
        with seekable_file(file.path) as opened, pq.ParquetFile(opened) as table:
            schema = table.schema_arrow
            if config.text_field not in schema.names:
                yield _missing_column(file, config.text_field, schema.names)
                return
            columns = [
                column.name
                for column in schema
                if column.name == config.text_field or _is_small_type(column.type)
            ]
            number = 0
            for batch in table.iter_batches(batch_size=_PARQUET_BATCH_ROWS, columns=columns):
                yield from _parquet_rows(file, batch, config, number)
                number += batch.num_rows
    except Damaged as damage:
        yield file.damaged(damage)
    except (pa.ArrowException, OSError, ValueError) as error:
        yield file.unreadable(None, t("broken Parquet: {error}", error=error))


def _parquet_rows(
    file: FileToRead, batch: pa.RecordBatch, config: FilesSource, first: int
) -> Iterator[Item]:
    """The rows of a batch as documents; `first` is the number of the first of them."""
    texts = _strings(batch[config.text_field])
    others = {
        name: _small_values(batch[name]) for name in batch.schema.names if name != config.text_field
    }
    for row, text in enumerate(texts):
        if isinstance(text, bytes):
            error = t("bytes that are not valid {codec}", codec="utf-8")
            yield file.unreadable(first + row, error)
            continue
        record = {config.text_field: text or ""}
        record.update((name, values[row]) for name, values in others.items())
        yield record_document(file, record, config, first + row, may_hold_surrogates=False)


def _strings(column: pa.Array) -> list[Any]:
    """The texts of a column; one that is not valid UTF-8 as the bytes that it is."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [_decoded(value) for value in column.to_pylist()]
    if not _is_list(column.type):
        column = column.cast(pa.string())
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_decoded(value) for value in column.cast(pa.binary()).to_pylist()]


def _decoded(value: bytes | None) -> str | bytes | None:
    """Bytes as text, where they are valid UTF-8."""
    try:
        return value.decode("utf-8") if value is not None else None
    except UnicodeDecodeError:
        return value


def _small_values(column: pa.Array) -> list[Any]:
    """The values of a column beside the text; long strings are not made into Python's."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        is_small = pc.less_equal(pc.binary_length(column), _MAX_SMALL_BYTES)
        column = pc.if_else(is_small, column, None)
    try:
        return list(column.to_pylist())
    except (UnicodeDecodeError, ValueError):
        return [None] * len(column)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_small_type(kind: pa.DataType) -> bool:
    """Whether a column's values can be kept beside the text."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return bool(is_text or is_number or pa.types.is_timestamp(kind) or pa.types.is_date(kind))


class _RowTooLong(Exception):
    """The lines of one row are longer than a document may be."""


class _RowLines:
    """The lines of a table, for the `csv` module; those of a broken row can be read again.

    A quotation mark that is never closed makes everything behind it one row. The lines of the row
    are remembered, up to the longest row that is allowed, so that reading can go on behind the
    first of them.
    """

    def __init__(self, lines: FileLines, max_characters: int) -> None:
        self._lines = iter(lines)
        self._max_characters = max_characters
        self._row: list[str] = []
        self._num_characters = 0
        self._again: list[str] = []
        self._num_read_again = 0

    def __iter__(self) -> _RowLines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)[1]
        self._num_characters += len(line)
        if self._num_characters > self._max_characters:
            self._row.append(line)
            raise _RowTooLong
        self._row.append(line)
        return line

    def end_row(self) -> None:
        """The row was read: forget its lines."""
        self._row.clear()
        self._num_characters = 0

    def go_behind_first_line(self) -> None:
        """The row is broken: read its lines again, without the first one."""
        rest = self._row[1:]
        self._num_read_again += sum(map(len, rest))
        if self._num_read_again <= _MAX_READ_AGAIN_BYTES:
            self._again.extend(reversed(rest))
        self.end_row()


def _read_table(
    file: FileToRead, config: FilesSource, *, delimiter: str, quoting: Any
) -> Iterator[Item]:
    """The rows of a table of text, one document each."""
    csv.field_size_limit(config.max_document_bytes)
    lines = FileLines(
        file, config.encoding, keep_cut_line=False, max_line_bytes=config.max_document_bytes
    )
    row_lines = _RowLines(lines, config.max_document_bytes)
    rows = csv.reader(row_lines, delimiter=delimiter, quoting=quoting, strict=True)
    header: list[str] | None = None
    number = -1
    while True:
        try:
            row = next(rows, None)
        except (csv.Error, _RowTooLong) as error:
            yield from lines.take_problems()
            if isinstance(error, _RowTooLong):
                yield file.too_long(max(number, 0), config.max_document_bytes)
            else:
                yield file.unreadable(max(number, 0), t("broken table row: {error}", error=error))
            number += 1
            row_lines.go_behind_first_line()
            continue
        yield from lines.take_problems()
        if row is None:
            return
        row_lines.end_row()
        if not row:
            continue
        number += 1
        if header is None:
            header = [name.strip() for name in row]
            if config.text_field not in header:
                yield _missing_column(file, config.text_field, header)
                return
        elif len(row) != len(header):
            yield file.unreadable(number - 1, _wrong_length(len(row), len(header)))
        else:
            record = dict(zip(header, row, strict=True))
            yield record_document(
                file, record, config, number - 1, may_hold_surrogates=False, **lines.found
            )


def _wrong_length(count: int, expected: int) -> str:
    """The error for a row that does not fit the header."""
    return t("a row of {count} fields, not {expected}", count=count, expected=expected)


def _missing_column(file: FileToRead, column: str, names: list[str]) -> Unreadable:
    """The note for a table without the column that should hold the text."""
    shown = listed((name[:40] for name in names), limit=20)
    return file.unreadable(
        None,
        t("there is no column {column!r}; the columns are {names}", column=column, names=shown),
        hint=t(
            'Name the column that holds the text, such as text_field = "content" in the recipe, or'
            " corpus.sources.0.text_field=content on the command line."
        ),
    )
