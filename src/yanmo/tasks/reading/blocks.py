"""Blocks of lines between empty lines, as CoNLL files have them: one token and its columns a line.

Comes in: a file. Goes out: blocks of lines cut at tabs or spaces, with the row of each line. Knows
nothing of what columns mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tasks.reading.source_file import SourceFile, read_lines


@dataclass(frozen=True, slots=True)
class Block:
    """The lines between two empty lines.

    Args:
        file: the file.
        number: the row of the first line, counted from 1; the others follow without a gap.
        lines: the columns of each line.
    """

    file: SourceFile
    number: int
    lines: tuple[tuple[str, ...], ...]

    @property
    def id(self) -> str:
        """A stable name: that of the file and the first row."""
        return self.file.id_of(self.number)

    def error(
        self, line: int, what: str, *, why: str | None = None, hint: str | None = None
    ) -> DataError:
        """The error to raise for the line of that index."""
        return self.file.error(what, row=self.number + line, why=why, hint=hint)


def read_blocks(file: SourceFile) -> Iterator[Block]:
    """The blocks of a file. Columns stand between tabs where the line has one, else between spaces.

    A line of spaces alone ends a block too; so does a line that begins with `-DOCSTART-`, which is
    left out (CoNLL-2003 puts it between documents).

    Raises:
        DataError: the file cannot be read, or a line has another number of columns than the first.
    """
    begins, block = 0, list[tuple[str, ...]]()
    num_columns = 0
    for number, line in enumerate(read_lines(file), start=1):
        if not line.strip() or line.startswith("-DOCSTART-"):
            if block:
                yield Block(file, begins, tuple(block))
                block = []
            continue
        columns = tuple(line.split("\t")) if "\t" in line else tuple(line.split())
        num_columns = num_columns or len(columns)
        if len(columns) != num_columns:
            raise file.error(
                t(
                    "the line has {count} {count:column|columns}, those before have {wanted}",
                    count=len(columns),
                    wanted=num_columns,
                ),
                row=number,
            )
        if not block:
            begins = number
        block.append(columns)
    if block:
        yield Block(file, begins, tuple(block))
