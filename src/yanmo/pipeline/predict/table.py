"""The rows that predictions are asked for, and which of their columns the model reads.

In: a file of any format, or a text by itself. Out: an `Ask` for every row, or a `DataError` that
names file and row. Knows no model but for what it is to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.tasks.reading.formats import FORMATS_BY_ENDING, RowFormat
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import format_of, read_rows
from yanmo.tasks.reading.source_file import SourceFile, read_lines

STANDARD_INPUT = "-"
SOUND = ".wav"
TEXT = "text"
TEXT_COLUMNS = (TEXT, "sentence", "source", "content")
SECOND_COLUMNS = ("second",)
QUESTION_COLUMNS = ("question",)
PASSAGE_COLUMNS = ("passage", "context")
FORMATS: tuple[RowFormat, ...] = ("lines", "jsonl", "json", "csv", "tsv", "parquet")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the model for one row.

    Attributes:
        text: a text, a question, or the words of a sentence; empty where the line of a plain text
            is empty, and nothing is asked.
        second: the other text of a pair, or the passage of a question.
    """

    text: str | tuple[str, ...]
    second: str | None = None


@dataclass(frozen=True)
class Table:
    """The rows of a file.

    Attributes:
        file: the file.
        row_format: how it is written.
        has_header: whether a table names its columns.
        rows: all of them; of a plain text the empty lines too.
        has_sounds: whether the file is a recording, or a folder of them: the rows are made up, and
            hold their names as `path`.
    """

    file: SourceFile
    row_format: RowFormat
    has_header: bool
    rows: tuple[Row, ...]
    has_sounds: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the first row."""
        return tuple(self.rows[0].values) if self.rows else ()


def read_table(name: str, row_format: str | None = None, *, has_header: bool = True) -> Table:
    """Read a file.

    Args:
        name: its path; `-` reads standard input, as plain text unless told. A recording, or a
            folder of them, is read by name alone.
        row_format: one of `FORMATS`; None goes by the ending.
        has_header: whether the first line of a CSV or TSV names the columns.

    Raises:
        ConfigError: there is no such format, or none can be told from the name.
        DataError: the file or a row cannot be read.
    """
    is_standard = name == STANDARD_INPUT
    file = SourceFile(Path("/dev/stdin") if is_standard else Path(name).expanduser(), name)
    if file.path.suffix.lower() == SOUND or file.path.is_dir():
        return _sounds(file)
    chosen = _format_of(file, row_format, is_standard=is_standard)
    if chosen == "lines":
        lines = enumerate(read_lines(file), start=1)
        rows = tuple(Row(file, number, {TEXT: line}) for number, line in lines)
    else:
        rows = tuple(read_rows(file, chosen, has_header=has_header))
    return Table(file, chosen, has_header, rows)


def _sounds(file: SourceFile) -> Table:
    """A recording, or all those of a folder, as rows."""
    paths = [file.path]
    if file.path.is_dir():
        paths = sorted(one for one in file.path.iterdir() if one.suffix.lower() == SOUND)
        file = SourceFile(file.path / f"*{SOUND}", f"{file.name}/*{SOUND}")
        if not paths:
            raise file.error(t("there is no recording in this folder"))
    rows = [Row(file, number, {"path": one.name}) for number, one in enumerate(paths, start=1)]
    return Table(file, "jsonl", True, tuple(rows), has_sounds=True)


def asks_of(
    table: Table, *, asks_questions: bool, text_column: str | None, second_column: str | None
) -> list[Ask]:
    """What is asked for every row.

    Args:
        table: the rows.
        asks_questions: whether the model answers questions from passages.
        text_column: holds the text or the question; unset, `text` or the only column there is, or
            `question`.
        second_column: holds the other text or the passage; unset, `second` where there is such a
            column, or `passage` or `context`.

    Raises:
        DataError: a column is missing, or a row has nothing in it: names file and row.
        ConfigError: a plain text has no second column.
    """
    if not table.rows:
        return []
    if table.row_format == "lines":
        if asks_questions or second_column is not None:
            raise ConfigError(
                t("a plain text has one column, and two are needed"),
                where=str(table.file),
                hint=t("Give a .jsonl, .csv or .tsv file."),
            )
        # Offsets in an answer are those of the line as it is: nothing of it is stripped.
        lines = [str(row.values[TEXT]) for row in table.rows]
        return [Ask(line if line.strip() else "") for line in lines]
    first = text_column or _default(
        table, QUESTION_COLUMNS if asks_questions else TEXT_COLUMNS, "--text-column"
    )
    second = second_column
    if second is None and asks_questions:
        second = _default(table, PASSAGE_COLUMNS, "--second-column")
    elif second is None:
        second = next((name for name in SECOND_COLUMNS if name in table.columns), None)
    return [_ask_of(row, first, second) for row in table.rows]


def _ask_of(row: Row, first: str, second: str | None) -> Ask:
    value = row.value(first)
    text = row.texts(first) if isinstance(value, list) else row.text(first)
    return Ask(text, None if second is None else row.text(second))


def _default(table: Table, names: Sequence[str], option: str) -> str:
    """The first of `names` that the rows have; else their only column; else an error that tells of
    `option`, which names one."""
    for name in names:
        if name in table.columns:
            return name
    if len(table.columns) == 1:
        return table.columns[0]
    raise table.file.error(
        t("there is no column '{column}'", column=names[0]),
        row=table.rows[0].number,
        why=t("the columns are: {columns}", columns=listed(table.columns)),
        hint=t(
            "Name the column with {option}; where the first line is no heading, give --no-header.",
            option=option,
        )
        if table.row_format in ("csv", "tsv") and table.has_header
        else t("Name the column with {option}.", option=option),
    )


def _format_of(file: SourceFile, row_format: str | None, *, is_standard: bool) -> RowFormat:
    if row_format is None:
        if is_standard:
            return "lines"
        found = format_of(file)
        if found in FORMATS:
            return found
        row_format = found
    for known in FORMATS:
        if known == row_format:
            return known
    near = closest(row_format, FORMATS)
    raise ConfigError(
        t("rows for predictions are not read from '{format}'", format=row_format),
        where=str(file),
        hint=t("Did you mean '{name}'?", name=near)
        if near
        else t("There are: {names}.", names=listed(FORMATS)),
    )


def format_of_ending(path: Path) -> RowFormat | None:
    """The format that a result is written in, by the ending of its name."""
    found = FORMATS_BY_ENDING.get(path.suffix.lower())
    return found if found in FORMATS else None
