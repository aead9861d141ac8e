"""A word is a whole word where words have spaces, and any place of its characters elsewhere."""

from __future__ import annotations

import pytest

from yanmo.inference.find_word import token_places, word_spans


@pytest.mark.parametrize(
    ("text", "word", "spans"),
    [
        ("The bank of the river Bank.", "bank", [(4, 8), (22, 26)]),
        ("embankment banks bank2 bank", "bank", [(23, 27)]),
        ("我在银行工作，银行关门", "银行", [(2, 4), (7, 9)]),
        ("去bank取钱", "bank", [(1, 5)]),
        ("Das Café, der Cafés", "café", [(4, 8)]),
        ("e\u0301té", "e", []),
        ("C++ and C", "C++", [(0, 3)]),
        ("банк и банка", "Банк", [(0, 4)]),
        ("ไปธนาคารไหม", "ธนาคาร", [(2, 8)]),
        ("nothing here", "bank", []),
        ("", "bank", []),
        ("New York is new york", "new york", [(0, 8), (12, 20)]),
    ],
)
def test_where_a_word_stands(text: str, word: str, spans: list[tuple[int, int]]) -> None:
    assert word_spans(text, word) == spans


def test_tokens_that_share_a_character_with_a_span_are_its_tokens() -> None:
    offsets = [(0, 3), (3, 6), (6, 8), (8, 8), (8, 9)]
    assert token_places([(4, 8)], offsets) == [1, 2]
    assert token_places([(0, 1), (8, 9)], offsets) == [0, 4]
    assert token_places([], offsets) == []
