"""Tables of wikitext as lines of text.

Comes in: what stands between `{|` and `|}`, with everything nested in it already resolved. Goes
out: a line for each row, its cells named by the headings of the columns where there are as many.
Knows nothing of brackets.
"""

from __future__ import annotations

import re

_ATTRIBUTE = re.compile(r"(?:^|\s)(?:[\w-]+\s*=|nowrap\b)", re.IGNORECASE)
_ONLY_ATTRIBUTES = re.compile(r"[\s|]*(?:[\w-]{2,20}\s*=\s*(?:\"[^\"]*\"|[^\s|\"]+)[\s|]*)+")
_CELL_SEPARATOR = re.compile(r"\|\||!!")
_SPACE = re.compile(r"\s+")
_LIST_LINE = re.compile(r"\n+[*#:;]*[ \t]*|<br[^<>]{0,50}>")


def rows_of_table(content: str) -> list[str]:
    """The rows of a table, each as a line "heading: cell; heading: cell".

    Where a row has another number of cells than there are headings (cells that span several), the
    cells stand alone. The caption comes first.
    """
    headings: list[str] = []
    lines: list[str] = []
    for row in _rows(content):
        if row.caption:
            lines.append(row.caption)
        if row.cells and all(row.is_heading) and len(row.cells) > 1:
            headings = row.cells
            continue
        if not any(row.cells):
            continue
        if len(row.cells) == len(headings):
            named = [
                f"{name}: {cell}" if name else cell
                for name, cell in zip(headings, row.cells, strict=True)
                if cell
            ]
            lines.append("; ".join(named))
        else:
            lines.append("; ".join(cell for cell in row.cells if cell))
    return lines


class _Row:
    """The cells of one row, in order."""

    def __init__(self) -> None:
        self.caption = ""
        self.cells: list[str] = []
        self.is_heading: list[bool] = []

    def add(self, cell: str, is_heading: bool) -> None:
        """Another cell; attributes before a bar are left out."""
        before, bar, after = cell.strip(" |").partition("|")
        if bar and _ATTRIBUTE.search(before):
            cell = after
        if _ONLY_ATTRIBUTES.fullmatch(cell):  # a template stood behind them
            cell = ""
        self.cells.append(_tidy(cell))
        self.is_heading.append(is_heading)


def _rows(content: str) -> list[_Row]:
    """The rows of a table with their cells; what follows a cell on further lines belongs to it."""
    rows = [_Row()]
    waiting: tuple[str, bool] | None = None  # the last cell, which may go on

    def end_cell() -> None:
        if waiting is not None:
            rows[-1].add(*waiting)

    for line in content.split("\n")[1:]:
        line = line.strip()
        if line.startswith("|+"):
            end_cell()
            waiting = None
            caption = line[2:]
            before, bar, after = caption.partition("|")
            rows[-1].caption = _tidy(after if bar and _ATTRIBUTE.search(before) else caption)
        elif line.startswith("|-"):
            end_cell()
            waiting = None
            rows.append(_Row())
        elif line.startswith(("|", "!")):
            end_cell()
            is_heading = line.startswith("!")
            cells = _CELL_SEPARATOR.split(line[1:]) if is_heading else line[1:].split("||")
            for cell in cells[:-1]:
                rows[-1].add(cell, is_heading)
            waiting = (cells[-1], is_heading)
        elif waiting is not None:
            waiting = (f"{waiting[0]}\n{line}", waiting[1])
    end_cell()
    return rows


def _tidy(cell: str) -> str:
    """A cell on one line."""
    return _SPACE.sub(" ", _LIST_LINE.sub(", ", cell.strip())).strip(" ,|")
