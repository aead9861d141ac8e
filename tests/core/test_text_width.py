"""Cells of a terminal, in both languages."""

from __future__ import annotations

import pytest

from yanmo.core.text_width import cell_width, cut_to_width, pad_right


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("研墨", 4), ("é", 1), ("e\u0301", 1), ("，", 2)]
)
def test_width_counts_cells(text: str, width: int) -> None:
    assert cell_width(text) == width
    assert cell_width(pad_right(text, 8)) == 8


def test_a_wide_character_is_never_cut_in_half() -> None:
    assert cut_to_width("研墨ab", 3) == "研"
    assert cut_to_width("研墨ab", 5) == "研墨a"
    assert cut_to_width("研墨", 4) == "研墨"
