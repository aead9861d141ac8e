"""The formats with rows and columns: .csv, .tsv and .parquet.

Comes in: one file. Goes out: a document for each row, and a note for every row that cannot be read;
a reader never raises for bad data.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead, record_document
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.streams import PACKED, Damaged, read_blocks

_MAX_CSV_FIELD_CHARACTERS = 100_000_000


def read_csv(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A table with a header line; the text is in the column `text_field`."""
    return _read_table(file, config, delimiter=",", quoting=csv.QUOTE_MINIMAL)


def read_tsv(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """As `read_csv`, with tabs between the fields and no meaning for quotation marks."""
    return _read_table(file, config, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_parquet(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A table; the text is in the column `text_field`, an address perhaps in `url`."""
    try:
        with pq.ParquetFile(_parquet_input(file.path)) as table:
            names = table.schema_arrow.names
            if config.text_field not in names:
                yield _missing_column(file, config.text_field, names)
                return
            columns = [config.text_field] + (["url"] if "url" in names else [])
            number = 0
            for batch in table.iter_batches(batch_size=1024, columns=columns):
                texts = batch[config.text_field].cast(pa.string()).to_pylist()
                for row, text in zip(batch.to_pylist(), texts, strict=True):
                    record = {**row, config.text_field: text or ""}
                    yield record_document(file, record, config, number)
                    number += 1
    except Damaged as damage:
        yield file.damaged(damage)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        yield file.unreadable(None, t("broken Parquet: {error}", error=error))


def _read_table(
    file: FileToRead, config: FilesSource, *, delimiter: str, quoting: Any
) -> Iterator[Item]:
    """The rows of a table of text, one document each."""
    csv.field_size_limit(_MAX_CSV_FIELD_CHARACTERS)
    lines = FileLines(file, config.encoding, keep_cut_line=False)
    rows = csv.reader(
        (text for _, text in lines), delimiter=delimiter, quoting=quoting, strict=True
    )
    header: list[str] | None = None
    number = -1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield file.unreadable(max(number, 0), t("broken table row: {error}", error=error))
            number += 1
            continue
        yield from lines.take_problems()
        if row is None:
            return
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
            yield record_document(file, record, config, number - 1, encoding=lines.encoding)


def _wrong_length(count: int, expected: int) -> str:
    """The error for a row that does not fit the header."""
    return t("a row of {count} fields, not {expected}", count=count, expected=expected)


def _missing_column(file: FileToRead, column: str, names: list[str]) -> Unreadable:
    """The note for a table without the column that should hold the text."""
    shown = ", ".join(name[:40] for name in names[:20])
    return file.unreadable(
        None,
        t("there is no column {column!r}; the columns are {names}", column=column, names=shown),
        hint=t(
            'Name the column that holds the text, such as text_field = "content" in the recipe, or'
            " corpus.sources.0.text_field=content on the command line."
        ),
    )


def _parquet_input(path: Path) -> Any:
    """What pyarrow reads a Parquet file from; a packed one has to be unpacked in memory."""
    if path.suffix.lower() in PACKED:
        return pa.BufferReader(b"".join(read_blocks(path)))
    return path
