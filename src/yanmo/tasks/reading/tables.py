"""Rows from tables: CSV, TSV and Parquet.

Comes in: a file, and the columns that must be there. Goes out: rows whose values are strings (CSV,
TSV) or what the Parquet column holds. A row with too many or too few fields is a `DataError`. Knows
nothing of what columns mean.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from yanmo.core.messages import t
from yanmo.tasks.reading.row import Row, missing_column
from yanmo.tasks.reading.source_file import SourceFile, read_bytes, read_lines, read_text

_Fields = tuple[int, list[str]]
"""The row at which some fields begin, and the fields."""

_MAX_FIELD_CHARACTERS = 100_000_000


def read_csv(
    file: SourceFile, columns: Sequence[str] = (), *, has_header: bool = True
) -> Iterator[Row]:
    """The rows of a table with commas, as RFC 4180 has them: quoted fields may hold line feeds.

    Raises:
        DataError: a quotation mark is never closed, a row is ragged, or a column is missing.
    """
    return _rows(file, _csv_fields(file), columns, has_header=has_header)


def read_tsv(
    file: SourceFile, columns: Sequence[str] = (), *, has_header: bool = True
) -> Iterator[Row]:
    """The rows of a table with tabs; a quotation mark is a character like others.

    Raises:
        DataError: a row is ragged, or a column is missing.
    """
    lines = enumerate(read_lines(file), start=1)
    fields = ((number, line.split("\t")) for number, line in lines if line.strip())
    return _rows(file, fields, columns, has_header=has_header)


def read_parquet(file: SourceFile, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a Parquet file; the row is counted from 1.

    Raises:
        DataError: the file is broken, or a column is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pa.BufferReader(read_bytes(file)))
        names = list(table.schema_arrow.names)
        _check_columns(file, 1, names, columns)
        number = 0
        for batch in table.iter_batches():
            for values in _values(file, number, batch):
                number += 1
                yield Row(file, number, values)
    except (pa.ArrowException, OSError) as error:
        raise file.error(t("broken Parquet: {error}", error=error)) from None
    if number == 0:
        raise file.error(t("the table has no rows"))


def _values(file: SourceFile, before: int, batch: Any) -> list[dict[str, Any]]:
    """The rows of a record batch, before which `before` rows stand.

    Raises:
        DataError: a text is not valid UTF-8, which Parquet does not check: names the row.
    """
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError as error:
        places = (place for place in range(batch.num_rows) if not _decodes(batch.slice(place, 1)))
        raise file.error(
            t("a text is not UTF-8"), row=before + next(places) + 1, why=str(error)
        ) from None
    return rows


def _decodes(batch: Any) -> bool:
    """Whether all texts of a record batch are valid UTF-8."""
    try:
        batch.to_pylist()
    except UnicodeDecodeError:
        return False
    return True


def _csv_fields(file: SourceFile) -> Iterator[_Fields]:
    """The fields of each row of a CSV, with the line at which they begin."""
    csv.field_size_limit(_MAX_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise file.error(
                t("broken table row: {error}", error=error),
                row=begins,
                hint=t("A quotation mark inside a quoted field is written twice."),
            ) from None
        if fields is None:
            return
        if fields:
            yield begins, fields


def _rows(
    file: SourceFile, lines: Iterable[_Fields], columns: Sequence[str], *, has_header: bool
) -> Iterator[Row]:
    """Fields as rows: named by the header, or numbered from 1."""
    header: list[str] | None = None
    has_rows = False
    for number, fields in lines:
        if header is None:
            header = [name.strip() for name in fields]
            if not has_header:
                header = [str(place) for place in range(1, len(fields) + 1)]
            _check_header(file, number, header, columns)
            if has_header:
                continue
        if len(fields) != len(header):
            raise file.error(
                t(
                    "the row has {count} {count:field|fields}, the table has {wanted}",
                    count=len(fields),
                    wanted=len(header),
                ),
                row=number,
                hint=_ragged_hint(len(fields), len(header)),
            )
        has_rows = True
        yield Row(file, number, dict(zip(header, fields, strict=True)))
    if not has_rows:
        raise file.error(t("the table has no rows"))


def _ragged_hint(count: int, wanted: int) -> str:
    if count > wanted:
        return t("A separator inside a field has to be quoted (CSV) or removed (TSV).")
    return t("A line feed inside a field has to be quoted (CSV) or removed (TSV).")


def _check_header(file: SourceFile, number: int, header: list[str], columns: Sequence[str]) -> None:
    """Raises where a name stands twice in a header, or a column is missing."""
    for name in header:
        if header.count(name) > 1:
            raise file.error(t("column '{column}' stands twice", column=name), row=number)
    _check_columns(file, number, header, columns)


def _check_columns(file: SourceFile, number: int, there: list[str], columns: Sequence[str]) -> None:
    """Raises where a column is missing; of a dotted path the first part counts."""
    for column in columns:
        if column not in there and column.split(".")[0] not in there:
            raise missing_column(file, number, column, there)
