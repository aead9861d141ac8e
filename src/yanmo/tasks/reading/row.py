"""One row of a file: its values by column, and the errors that say where it stands.

Comes in: a mapping from column to value, as some format gave it. Goes out: texts and numbers that
are what the task expects, or a `DataError` that names file, row and column. Knows no format.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.tasks.reading.source_file import SourceFile

_MAX_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it stands.

    Args:
        file: the file.
        number: counted from 1. In files of lines it is the line at which the row begins, as an
            editor shows it (a header line is row 1); elsewhere it counts records.
        values: by column.
    """

    file: SourceFile
    number: int
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """A stable name: that of the file and the row."""
        return self.file.id_of(self.number)

    def error(self, what: str, *, why: str | None = None, hint: str | None = None) -> DataError:
        """The error to raise for this row."""
        return self.file.error(what, row=self.number, why=why, hint=hint)

    def has(self, column: str | None) -> bool:
        """Whether the row has a value, that is not null or "", in a column; never for None."""
        value = self._found(column) if column is not None else None
        return value is not None and value != ""

    def value(self, column: str) -> Any:
        """What stands in a column; `a.b` is key `b` of the table in column `a`.

        Raises:
            DataError: there is no such column.
        """
        if (value := self._found(column)) is not None or column in self.values:
            return value
        raise missing_column(self.file, self.number, column, self.values)

    def text(self, column: str) -> str:
        """The text in a column; it is not empty.

        Raises:
            DataError: there is no such column, it is empty, or it holds something else.
        """
        value = self.value(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise self.error(t("column '{column}' is empty", column=column))
        if not isinstance(value, str):
            raise self.error(
                t("column '{column}' holds {value}, not a text", column=column, value=shown(value))
            )
        return self.checked(value, column)

    def name(self, column: str) -> str:
        """The name in a column, such as a label: a text, or a whole number or truth value that is
        taken as a text, without the space around it.

        Raises:
            DataError: there is no such column, it is empty, or it holds something else.
        """
        value = self.value(column)
        if isinstance(value, int):
            return str(value)
        return self.text(column).strip()

    def real(self, column: str) -> float:
        """The number in a column; it is finite.

        Raises:
            DataError: there is no such column, it is empty, or it holds something else.
        """
        value = self.value(column)
        if value is None or value == "":
            raise self.error(t("column '{column}' is empty", column=column))
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError(value)
            number = float(value)
            if not math.isfinite(number):
                raise ValueError(value)
        except ValueError:
            raise self.error(
                t(
                    "column '{column}' holds {value}, not a number",
                    column=column,
                    value=shown(value),
                )
            ) from None
        return number

    def texts(self, column: str) -> tuple[str, ...]:
        """The texts of a list in a column; a single text is a list of one.

        Raises:
            DataError: there is no such column, or it holds something else.
        """
        value = self.value(column)
        if isinstance(value, str):
            return (self.text(column),)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.error(
                t(
                    "column '{column}' holds {value}, not a list of texts",
                    column=column,
                    value=shown(value),
                )
            )
        if not all(part.strip() for part in value):
            raise self.error(t("a text in the list of column '{column}' is empty", column=column))
        return tuple(self.checked(part, column) for part in value)

    def checked(self, text: str, column: str) -> str:
        """A text, once it is known to be valid Unicode.

        Raises:
            DataError: it holds half of a surrogate pair, which JSON can write.
        """
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise self.error(
                    t("column '{column}' holds half of a surrogate pair", column=column)
                ) from None
        return text

    def _found(self, column: str) -> Any:
        """The value in a column or below a dotted path; None where there is none."""
        if column in self.values:
            return self.values[column]
        value: Any = self.values
        for key in column.split("."):
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value


def missing_column(file: SourceFile, number: int, column: str, there: Iterable[str]) -> DataError:
    """The error for a column that is not there: names those that are, and the nearest of them."""
    columns = [str(name) for name in there]
    near = closest(column, columns)
    return file.error(
        t("there is no column '{column}'", column=column),
        row=number,
        why=t("the columns are: {columns}", columns=listed(columns) or "-"),
        hint=t("Did you mean '{name}'?", name=near) if near else None,
    )


def shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
