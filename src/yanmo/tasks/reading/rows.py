"""Rows of a file in any of the formats, one interface for all: objects, tables, plain lines.

Comes in: a file, its format, and the columns that must be there. Goes out: rows with their places.
Knows nothing of what columns mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.core.suggest import closest
from yanmo.tasks.reading.formats import FORMATS_BY_ENDING, RowFormat, format_hint
from yanmo.tasks.reading.json_rows import read_json_array, read_jsonl
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.source_file import SourceFile, read_lines
from yanmo.tasks.reading.tables import read_csv, read_parquet, read_tsv


def format_of(file: SourceFile) -> RowFormat:
    """The format that the ending of a file's name stands for; `.gz` behind it does not count.

    Raises:
        ConfigError: the ending says nothing.
    """
    ending = Path(file.path.name.lower().removesuffix(".gz")).suffix
    if ending in FORMATS_BY_ENDING:
        return FORMATS_BY_ENDING[ending]
    likely = FORMATS_BY_ENDING[closest(ending, FORMATS_BY_ENDING) or ".jsonl"]
    raise ConfigError(
        t("the ending of the file's name does not tell its format"),
        where=str(file),
        why=t("known are {endings}", endings=" ".join(FORMATS_BY_ENDING)),
        hint=format_hint(likely),
    )


def read_rows(
    file: SourceFile,
    row_format: RowFormat | None = None,
    *,
    columns: Sequence[str] = (),
    has_header: bool = True,
) -> Iterator[Row]:
    """The rows of a file, in its order.

    Args:
        file: the file.
        row_format: how it is written; None goes by the ending of its name.
        columns: columns that a table must have, checked before the first row. A JSON object is
            checked where a column of it is asked for.
        has_header: whether the first line of a CSV or TSV names its columns; else they are called
            `1`, `2` ...

    Raises:
        DataError: the file or a row cannot be read: names file and row.
        ConfigError: the format cannot be told from the name, or has no rows.
    """
    match row_format or format_of(file):
        case "jsonl":
            return read_jsonl(file)
        case "json":
            return read_json_array(file)
        case "csv":
            return read_csv(file, columns, has_header=has_header)
        case "tsv":
            return read_tsv(file, columns, has_header=has_header)
        case "parquet":
            return read_parquet(file, columns)
        case "lines":
            lines = enumerate(read_lines(file), start=1)
            return (Row(file, number, {"text": line}) for number, line in lines if line.strip())
        case "conll":
            raise ConfigError(
                t("blocks of tokens have no columns with names"),
                where=str(file),
                hint=format_hint("jsonl"),
            )
