"""Long texts cut into documents."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yanmo.corpus.sources.pieces import cut_into_pieces

_LINES = st.lists(st.text(alphabet="ab 。，.\n研墨", max_size=30).map(lambda s: s + "\n"))


@given(_LINES, st.integers(1, 50))
def test_pieces_are_bounded_and_together_the_text(lines: list[str], limit: int) -> None:
    pieces = list(cut_into_pieces(lines, limit))
    assert "".join(pieces) == "".join(lines)
    assert all(0 < len(piece) <= limit for piece in pieces)


def test_cuts_are_at_blank_lines_then_line_ends_then_sentences() -> None:
    assert list(cut_into_pieces(["aa\n", "bb\n", "\n", "cc\n", "dd\n"], 10)) == [
        "aa\nbb\n\n",
        "cc\ndd\n",
    ]
    assert list(cut_into_pieces(["aa\n", "bb\n", "cc\n"], 7)) == ["aa\nbb\n", "cc\n"]
    assert list(cut_into_pieces(["春眠不觉晓。处处闻啼鸟。"], 8)) == [
        "春眠不觉晓。",
        "处处闻啼鸟。",
    ]


def test_none_keeps_the_text_whole() -> None:
    assert list(cut_into_pieces(["a\n", "\n", "b\n"], None)) == ["a\n\nb\n"]
