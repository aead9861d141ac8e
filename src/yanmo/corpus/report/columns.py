"""Tables and figures for a terminal, with columns that line up in Chinese too.

Comes in: cells and numbers. Goes out: text. Knows nothing of corpora.
"""

from __future__ import annotations

from collections.abc import Sequence

from yanmo.core.text_width import cell_width, cut_to_width, pad_right

_GAP = "  "
_MAX_NAME_CELLS = 44
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_LEVELS = "▁▂▃▄▅▆▇█"


def align(rows: Sequence[Sequence[str]], *, text_columns: int = 1) -> list[str]:
    """Lines with the first `text_columns` columns flush left and the others flush right."""
    cut = [[_cut(cell) if i < text_columns else cell for i, cell in enumerate(r)] for r in rows]
    widths = [max(cell_width(cell) for cell in column) for column in zip(*cut, strict=True)]
    lines = []
    for row in cut:
        cells = [
            pad_right(cell, width) if index < text_columns else _pad_left(cell, width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines


def size_text(num_bytes: float) -> str:
    """Bytes in decimal units: 1.23 MB."""
    for scale, unit in _UNITS:
        if num_bytes >= 0.9995 * scale:
            digits = 2 if num_bytes < 9.995 * scale else 1 if num_bytes < 99.95 * scale else 0
            return f"{num_bytes / scale:.{digits}f} {unit}"
    return f"{num_bytes:.0f} B"


def share_text(fraction: float | None) -> str:
    """A fraction of a whole in per cent; a dash where there is none."""
    if fraction is None:
        return "-"
    percent = 100 * fraction
    if 0 < percent < 0.05:
        return "<0.1%"
    if 99.95 <= percent < 100:
        return ">99.9%"
    return f"{percent:.1f}%"


def figure_text(value: float | None) -> str:
    """A measured value with three or four significant digits; a dash where there is none."""
    if value is None:
        return "-"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def sparkline(counts: Sequence[int], columns: int = 16) -> str:
    """The shape of a histogram in one line; empty ends are cut off."""
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return ""
    shown = list(counts[filled[0] : filled[-1] + 1])
    per = -(-len(shown) // columns)
    sums = [sum(shown[start : start + per]) for start in range(0, len(shown), per)]
    highest = max(sums)
    return "".join(_LEVELS[round((len(_LEVELS) - 1) * total / highest)] for total in sums)


def _cut(text: str) -> str:
    """A name that is not too wide, and on one line."""
    line = " ".join(text.split())
    if cell_width(line) <= _MAX_NAME_CELLS:
        return line
    return cut_to_width(line, _MAX_NAME_CELLS - 1) + "…"


def _pad_left(text: str, columns: int) -> str:
    return " " * (columns - cell_width(text)) + text
