"""Running text is cut as annotated sets are, and nothing but space is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.inference.raw_words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Mr. O'Neil paid $1,024.50 at 10:30, didn't he?",
            "Mr . O'Neil paid $ 1,024.50 at 10:30 , didn't he ?",
        ),
        ("@user loves #NYC: https://t.co/a?b", "@user loves #NYC : https://t.co/a?b"),
        ("The U.S. and AT&T (50%)", "The U.S. and AT&T ( 50% )"),
        ("Zürich, Москва", "Zürich , Москва"),
    ],
)
def test_other_text_is_cut_into_words_and_marks(text: str, words: str) -> None:
    cut = split_words(text)
    assert list(cut.words) == words.split()
    assert cut.joiner == " "


def test_chinese_text_is_cut_into_characters() -> None:
    cut = split_words("张三 在 Google 工作，1966年生。")
    assert "".join(cut.words) == "张三在Google工作，1966年生。"
    assert all(len(word) == 1 for word in cut.words)
    assert cut.joiner == ""


def test_one_name_in_chinese_does_not_cut_an_english_text_apart() -> None:
    assert split_words("Our office in 北京 is open today").words[3] == "北京"


@given(st.text())
def test_spans_name_the_words_and_leave_out_space_alone(text: str) -> None:
    cut = split_words(text)
    assert [text[start:end] for start, end in cut.spans] == list(cut.words)
    assert "".join(cut.words) == "".join(text.split())
