"""From chosen blocks to text.

Comes in: the blocks of a page and which of them are kept. Goes out: their text, one paragraph, list
item or table row a line. Tables of data are written as rows, as "header: value" pairs, or left
out; tables that only arrange a page are treated like any other element.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.blocks import Blocks
from yanmo.corpus.extraction.measures import M_UNITS
from yanmo.corpus.extraction.memory import (
    B_CELL,
    B_CONTAINER,
    B_END,
    B_LINK_BYTES,
    B_ROW,
    B_START,
    B_TABLE,
    C_PARENT,
    C_TAG,
)
from yanmo.corpus.extraction.tags import TAGS

Tables = Literal["text", "key_value", "drop"]
Rows = dict[int, dict[int, list[int]]]
"""The blocks of a table by row and cell."""

_MAX_CELL_UNITS = 40.0
_MAX_LINK_FRAC = 0.6
_TH = TAGS["th"]
_TD = TAGS["td"]


def write_text(blocks: Blocks, keep: NDArray[np.bool_], tables: Tables) -> str:
    """The text of the blocks that are kept."""
    chosen = np.flatnonzero(keep)
    if not len(chosen):
        return ""
    span = blocks.table[chosen[0] : chosen[-1] + 1, B_TABLE]
    if not span.any():
        return _join(blocks, chosen)
    data_tables = {
        int(number): rows
        for number in np.unique(span[span > 0])
        if (rows := _table_rows(blocks, keep, int(number))) is not None
    }
    if not data_tables:
        return _join(blocks, chosen)
    return "\n".join(_lines(blocks, keep, data_tables, tables))


def _join(blocks: Blocks, chosen: NDArray[np.int64]) -> str:
    """The blocks as lines."""
    out = memoryview(blocks.page.out)  # type: ignore[arg-type]
    ranges = blocks.table[chosen][:, [B_START, B_END]].tolist()
    return b"\n".join(out[start:end] for start, end in ranges).decode("utf-8", "ignore")


def _table_rows(blocks: Blocks, keep: NDArray[np.bool_], number: int) -> Rows | None:
    """The blocks of a table by row and cell; None where it is no table of data."""
    members = np.flatnonzero(blocks.table[:, B_TABLE] == number)
    rows: Rows = {}
    for block in members.tolist():
        row, cell = int(blocks.table[block, B_ROW]), int(blocks.table[block, B_CELL])
        rows.setdefault(row, {}).setdefault(cell, []).append(block)
    wide_rows = sum(len(cells) >= 2 for cells in rows.values())
    if wide_rows < 2:
        return None
    units = blocks.measures[members, M_UNITS]
    table = blocks.table[members]
    link_bytes = table[:, B_LINK_BYTES].sum() / max((table[:, B_END] - table[:, B_START]).sum(), 1)
    is_layout = units.max() > 2 * _MAX_CELL_UNITS or units.mean() > _MAX_CELL_UNITS
    if is_layout or (link_bytes > _MAX_LINK_FRAC and not keep[members].any()):
        return None
    return rows


def _lines(
    blocks: Blocks,
    keep: NDArray[np.bool_],
    data_tables: dict[int, Rows],
    tables: Tables,
) -> Iterator[str]:
    """The lines of a text with tables in it."""
    chosen = np.flatnonzero(keep)
    written: set[int] = set()
    for block in range(int(chosen[0]), int(chosen[-1]) + 1):
        number = int(blocks.table[block, B_TABLE])
        if number not in data_tables:
            if keep[block]:
                yield blocks.text_of(block)
        elif number not in written and tables != "drop":
            written.add(number)
            rows = data_tables[number]
            if tables == "key_value":
                yield from _key_value_lines(blocks, rows)
            else:
                yield from _row_lines(blocks, keep, rows)


def _cell_text(blocks: Blocks, members: list[int]) -> str:
    """The text of a cell in one line."""
    return " ".join(" ".join(blocks.text_of(block) for block in members).split())


def _row_lines(blocks: Blocks, keep: NDArray[np.bool_], rows: Rows) -> Iterator[str]:
    """The cells that are kept, one row a line, separated by tabs."""
    for cells in rows.values():
        kept = [[block for block in members if keep[block]] for members in cells.values()]
        if texts := [_cell_text(blocks, members) for members in kept if members]:
            yield "\t".join(texts)


def _is_header(blocks: Blocks, block: int) -> bool:
    """Whether a block stands in a <th>."""
    container = int(blocks.table[block, B_CONTAINER])
    while container and blocks.containers[container, C_TAG] not in (_TH, _TD):
        container = int(blocks.containers[container, C_PARENT])
    return bool(blocks.containers[container, C_TAG] == _TH)


def _key_value_lines(blocks: Blocks, rows: Rows) -> Iterator[str]:
    """A table as "header: value" pairs, one row a line.

    Headers are a first row of <th>. Without one, the first cell of a row names the second where
    the row has two cells or begins with a <th>.
    """
    first = next(iter(rows.values()))
    headers: dict[int, str] = {}
    if len(first) >= 2 and all(_is_header(blocks, members[0]) for members in first.values()):
        headers = {cell: _cell_text(blocks, members) for cell, members in first.items()}
    for cells in rows.values():
        if headers and cells is first:
            continue
        texts = {cell: _cell_text(blocks, members) for cell, members in cells.items()}
        if headers:
            pairs = [
                f"{headers[cell]}: {text}" if headers.get(cell) else text
                for cell, text in texts.items()
            ]
            yield "; ".join(pairs)
            continue
        name, *values = texts.values()
        leads = len(values) == 1 or (values and _is_header(blocks, next(iter(cells.values()))[0]))
        yield f"{name.rstrip(':：')}: {', '.join(values)}" if leads else "; ".join(texts.values())
