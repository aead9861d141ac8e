"""How wide text is on a terminal: Chinese characters fill two cells, combining marks none."""

from __future__ import annotations

import unicodedata


def cell_width(text: str) -> int:
    """Cells that `text` fills."""
    return sum(_character_width(character) for character in text)


def cut_to_width(text: str, columns: int) -> str:
    """The beginning of `text` that fills at most `columns` cells."""
    width = 0
    for index, character in enumerate(text):
        width += _character_width(character)
        if width > columns:
            return text[:index]
    return text


def pad_right(text: str, columns: int) -> str:
    """`text` with spaces behind it, up to `columns` cells."""
    return text + " " * (columns - cell_width(text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
