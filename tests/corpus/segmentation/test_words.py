"""Words of text with spaces: what stays whole, and what is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.corpus.segmentation.words import split_words

SENTENCES = [
    ("It's John's dog.", "It's|John's|dog|."),
    ("I can't, won't and shouldn’t!", "I|can't|,|won't|and|shouldn’t|!"),
    ("The students' books", "The|students|'|books"),
    ("'quoted' words", "'|quoted|'|words"),
    ("state-of-the-art models", "state-of-the-art|models"),
    ("rock 'n' roll", "rock|'|n|'|roll"),
    ("well-known -- and old - ideas", "well-known|--|and|old|-|ideas"),
    ("Pi is 3.14159, not 3,14.", "Pi|is|3.14159|,|not|3,14|."),
    ("It cost $1,299.99 (up 12.5%).", "It|cost|$1,299.99|(|up|12.5%|)|."),
    ("Meet at 10:30 on 2024-01-31.", "Meet|at|10:30|on|2024-01-31|."),
    ("the 21st century, the 3rd", "the|21st|century|,|the|3rd"),
    ("See https://example.com/a?b=1&c=2#d.", "See|https://example.com/a?b=1&c=2#d|."),
    ("Go to www.example.org, please", "Go|to|www.example.org|,|please"),
    ("Mail first.last+tag@mail.example.co.uk!", "Mail|first.last+tag@mail.example.co.uk|!"),
    ("Dr. Smith, Ph.D., of the U.S. army", "Dr.|Smith|,|Ph|.|D|.|,|of|the|U.S.|army"),
    ("wait... what?!", "wait|...|what|?|!"),
    ("@user likes #nlp and C++ and C#", "@user|likes|#nlp|and|C++|and|C#"),
    ("naïve café, Zürich, São Paulo", "naïve|café|,|Zürich|,|São|Paulo"),
    ("GPT-4 and mp3 and H2O", "GPT-4|and|mp3|and|H2O"),
    ("snake_case and __init__", "snake_case|and|__init__"),
    ("训练GPT-2模型用3天。", "训练|GPT-2|模型用|3|天|。"),
    ("网址https://example.com/路径，见此", "网址|https://example.com/|路径|，|见此"),
    ("これはペンです。", "これはペンです|。"),
    ("", ""),
    (" \n\t ", ""),
]


@pytest.mark.parametrize(("sentence", "words"), SENTENCES)
def test_sentences(sentence: str, words: str) -> None:
    assert "|".join(split_words(sentence)) == words


def test_marks_can_be_left_out() -> None:
    assert split_words("It's 3.14, isn't it?", keep_marks=False) == ["It's", "3.14", "isn't", "it"]


@given(st.text(alphabet="aé1’'-._@#/:wh t中かＡ，。$%+\u0301😀"))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    assert "".join(split_words(text)) == "".join(text.split())


def test_hostile_text_takes_no_longer_than_its_length() -> None:
    for text in ("a" * 200_000, "a-" * 100_000, "1." * 100_000, "a@" * 100_000, "a.b@" * 50_000):
        assert "".join(split_words(text)) == text
