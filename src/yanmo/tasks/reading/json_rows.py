"""Rows from JSON: one object a line, or an array of objects; and whole JSON files.

Comes in: a file. Goes out: rows, or the one value of a file. Broken JSON is a `DataError` with the
row and the character. Knows nothing of what keys mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tasks.reading.row import Row, shown
from yanmo.tasks.reading.source_file import SourceFile, read_lines, read_text


def read_jsonl(file: SourceFile) -> Iterator[Row]:
    """One object on each line; the row is the line. Empty lines are passed over.

    Raises:
        DataError: a line is broken, or holds something else than an object.
    """
    for number, line in enumerate(read_lines(file), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _broken(file, error, row=number) from None
        yield _row(file, number, value)


def read_json_array(file: SourceFile) -> Iterator[Row]:
    """The objects of an array; the row is the number of the object.

    Raises:
        DataError: the JSON is broken, is no array, or an element is no object.
    """
    value = read_json(file)
    if not isinstance(value, list):
        raise file.error(
            t("the file holds {value}, not a list of objects", value=shown(value)),
            hint=t(
                'Where each line is an object: format = "jsonl" in a recipe, --format jsonl on the'
                " command line."
            ),
        )
    for number, element in enumerate(value, start=1):
        yield _row(file, number, element)


def read_json(file: SourceFile) -> Any:
    """The one JSON value of a file.

    Raises:
        DataError: the JSON is broken: names the line.
    """
    try:
        return json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise _broken(file, error) from None


def _row(file: SourceFile, number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        raise file.error(t("the row is {value}, not an object", value=shown(value)), row=number)
    return Row(file, number, value)


def _broken(file: SourceFile, error: Exception, row: int | None = None) -> DataError:
    """The error for JSON that cannot be parsed; without a row, the line is the row."""
    if isinstance(error, json.JSONDecodeError):
        reason = t("{what} at character {place}", what=error.msg, place=error.colno)
        return file.error(t("broken JSON: {error}", error=reason), row=row or error.lineno)
    return file.error(t("broken JSON: {error}", error=error), row=row)
