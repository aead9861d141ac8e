"""Rows with predictions beside them, as a file of any format or as a table on a terminal.

In: the rows as they were read, and for each the values that are added. Out: a file, written whole
or not at all, in which nothing of the rows is lost.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError, RunError
from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.core.text_width import cell_width, cut_to_width, pad_right
from yanmo.pipeline.predict.table import FORMATS, TEXT, Ask, Table, format_of_ending
from yanmo.tasks.reading.formats import RowFormat
from yanmo.tasks.reading.source_file import read_bytes

Fields = Mapping[str, Any]
"""The columns that are added to a row; the first is the prediction itself."""


def check_destination(out: Path, table: Table, *, is_forced: bool) -> None:
    """Refuse a file that cannot be written, before a model is opened.

    Raises:
        ConfigError: its ending is not known, its folder does not exist, or it is there already.
    """
    row_format = format_of_ending(out)
    if row_format is None:
        endings = ".txt .jsonl .json .csv .tsv .parquet"
        raise ConfigError(
            t("the ending '{suffix}' is not known", suffix=out.suffix),
            where="--out",
            hint=t("There are: {names}.", names=endings),
        )
    if row_format == "lines" and table.row_format != "lines":
        raise ConfigError(
            t("a plain text would lose the other columns of {file}", file=table.file),
            where="--out",
            hint=t("Give a .jsonl, .csv or .tsv file."),
        )
    if not out.absolute().parent.is_dir():
        raise ConfigError(t("there is no folder {folder}", folder=out.parent), where="--out")
    if out.is_dir():
        raise ConfigError(t("{path} is a folder", path=out), where="--out")
    if out.exists() and not is_forced:
        raise ConfigError(
            t("{path} is there already", path=out),
            where="--out",
            hint=t("Choose another name, or write over it with --force."),
        )


def check_columns(table: Table, added: Sequence[str], column: str) -> None:
    """Refuse to write over a column of the file.

    Raises:
        ConfigError: the file has a column of that name.
    """
    taken = [name for name in added if any(name in row.values for row in table.rows)]
    if taken:
        raise ConfigError(
            t("{file} has a column '{column}' already", file=table.file, column=taken[0]),
            where="--column",
            hint=t("Give another name: --column model_{column}", column=column),
        )


def write_rows(out: Path, table: Table, fields: Sequence[Fields]) -> int:
    """Write the rows with their added columns; returns how many values lost a line feed or a tab
    that a plain text or a TSV cannot hold.

    Raises:
        RunError: the disk is full or cannot be written; what stood at `out` is untouched.
    """
    row_format = format_of_ending(out)
    assert row_format in FORMATS, "checked before the model was opened"
    content, num_flattened = _content(row_format, table, fields)
    try:
        write_atomically(out, content)
    except OSError as error:
        raise RunError(
            t("the predictions could not be written"),
            where=str(out),
            why=error.strerror or str(error),
            hint=t("Make room, or choose another place with --out."),
        ) from error
    return num_flattened


def json_line(table: Table, row: int, fields: Fields) -> str:
    """A row with its added columns as one line of JSON."""
    return json.dumps({**table.rows[row].values, **fields}, ensure_ascii=False, default=str)


def print_table(asks: Sequence[Ask], fields: Sequence[Fields]) -> None:
    """Print predictions beside their texts; on a terminal, what is too wide is cut."""
    names = list(fields[0]) if fields else []
    shown = [name for name in names if not isinstance(fields[0][name], dict)]
    rows = [
        [*(_cell(own[name]) for name in shown), _text_of(ask)]
        for ask, own in zip(asks, fields, strict=True)
    ]
    header = [*shown, TEXT]
    widths = [max(cell_width(row[place]) for row in [header, *rows]) for place in range(len(shown))]
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if columns is not None:
        widths = [min(width, max(12, columns // (len(shown) + 1))) for width in widths]
    for row in [header, *rows]:
        cells = row
        if columns is not None:
            cells = [cut_to_width(c, w) for c, w in zip(row, widths, strict=False)] + [row[-1]]
        line = "  ".join(
            [*(pad_right(c, w) for c, w in zip(cells, widths, strict=False)), cells[-1]]
        )
        print((cut_to_width(line, columns) if columns is not None else line).rstrip())


def _text_of(ask: Ask) -> str:
    text = ask.text if isinstance(ask.text, str) else " ".join(ask.text)
    return " ".join(f"{text} | {ask.second}".split() if ask.second is not None else text.split())


def _cell(value: Any) -> str:
    """A value on one line, for people."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list):
        parts = [f"{v['text']} ({v['kind']})" if isinstance(v, dict) else str(v) for v in value]
        return (", " if value and isinstance(value[0], dict) else " ").join(parts)
    return " ".join(str(value).split())


def _content(row_format: RowFormat, table: Table, fields: Sequence[Fields]) -> tuple[bytes, int]:
    match row_format:
        case "parquet":
            return _parquet(table, fields), 0
        case "csv":
            return _csv(table, fields).encode("utf-8"), 0
        case "tsv":
            return _tsv(table, fields)
        case "lines":
            cells = [_flat(_plain(next(iter(own.values())))) for own in fields]
            text = "".join(f"{cell}\n" for cell, _ in cells)
            return text.encode("utf-8"), sum(is_changed for _, is_changed in cells)
        case "json":
            rows = [{**row.values, **own} for row, own in zip(table.rows, fields, strict=True)]
            text = json.dumps(rows, ensure_ascii=False, indent=1, default=str)
            return (text + "\n").encode("utf-8"), 0
        case _:
            lines = [json_line(table, row, own) + "\n" for row, own in enumerate(fields)]
            return "".join(lines).encode("utf-8"), 0


def _grid(table: Table, fields: Sequence[Fields]) -> list[list[str]]:
    """The header, where the file has one, and all rows as texts; rows of JSON need not have the
    same columns."""
    columns = list(dict.fromkeys(name for row in table.rows for name in row.values))
    added = list(fields[0]) if fields else []
    grid = [[*columns, *added]] if table.has_header else []
    for row, own in zip(table.rows, fields, strict=True):
        cells = [_plain(row.values.get(name)) for name in columns]
        grid.append(cells + [_plain(own[name]) for name in added])
    return grid


def _csv(table: Table, fields: Sequence[Fields]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_grid(table, fields))
    return text.getvalue()


def _tsv(table: Table, fields: Sequence[Fields]) -> tuple[bytes, int]:
    cells = [[_flat(cell) for cell in row] for row in _grid(table, fields)]
    num_changed = sum(is_changed for row in cells for _, is_changed in row)
    text = "".join("\t".join(cell for cell, _ in row) + "\n" for row in cells)
    return text.encode("utf-8"), num_changed


def _parquet(table: Table, fields: Sequence[Fields]) -> bytes:
    """The table that was read, its types untouched, with columns behind it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.row_format == "parquet":
        made = pq.read_table(pa.BufferReader(read_bytes(table.file)))
    else:
        columns = list(dict.fromkeys(name for row in table.rows for name in row.values))
        made = pa.table({name: [row.values.get(name) for row in table.rows] for name in columns})
    for name in fields[0] if fields else ():
        made = made.append_column(name, pa.array([own[name] for own in fields]))
    sink = io.BytesIO()
    pq.write_table(made, sink)
    return sink.getvalue()


def _plain(value: Any) -> str:
    """A value as the text of a cell; lists and tables as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _flat(cell: str) -> tuple[str, bool]:
    """A cell on one line and without tabs, and whether it was changed."""
    flat = " ".join(cell.replace("\t", "\n").splitlines()) if cell else cell
    return flat, flat != cell
