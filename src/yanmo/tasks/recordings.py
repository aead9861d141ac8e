"""Recordings that rows of a file name: a path and a text each.

In: a file of rows. Out: examples with their samples. A file that cannot be heard is a `DataError`
that names the row.
"""

from __future__ import annotations

from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tasks.example import SpeechExample
from yanmo.tasks.reading.formats import RowFormat
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.reading.wave_files import Changes, Samples, read_wave


def listed_recordings(
    file: SourceFile,
    row_format: RowFormat | None,
    columns: tuple[str, str],
    rate_hz: int,
    changes: Changes,
    *,
    has_header: bool = True,
) -> list[SpeechExample]:
    """The recordings that a file of rows names.

    Args:
        file: the rows.
        row_format: how they are written; None goes by the ending.
        columns: of the path, which is relative to `file`, and of the text.
        rate_hz: samples a second that are wanted.
        changes: counts what is changed on the way.
        has_header: whether a table names its columns.

    Raises:
        DataError: a row is wrong, or its recording is missing or damaged.
    """
    path_column, text_column = columns
    examples = []
    for row in read_rows(file, row_format, columns=columns, has_header=has_header):
        samples = sound_of(row, path_column, rate_hz, changes)
        text = " ".join(row.text(text_column).split())
        examples.append(SpeechExample(row.id, samples, rate_hz, text))
    return examples


def sound_of(row: Row, path_column: str, rate_hz: int, changes: Changes) -> Samples:
    """The samples of the recording that a row names.

    Raises:
        DataError: it is missing or damaged: names the row.
    """
    path = row.file.path.parent / Path(row.text(path_column).strip()).expanduser()

    def error(what: str, *, why: str | None = None, hint: str | None = None) -> DataError:
        return row.error(f"{path}: {what}", why=why, hint=hint)

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise row.error(t("there is no recording {path}", path=path)) from None
    except OSError as problem:
        raise error(t("the file cannot be read"), why=problem.strerror) from None
    return read_wave(data, rate_hz, changes, error)


def sound_of_file(path: Path, rate_hz: int, changes: Changes) -> Samples:
    """The samples of a recording by itself.

    Raises:
        DataError: it is missing or damaged.
    """
    file = SourceFile(path, path.name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise file.error(t("this file does not exist")) from None
    except OSError as problem:
        raise file.error(t("the file cannot be read"), why=problem.strerror) from None
    return read_wave(data, rate_hz, changes, file.error)
