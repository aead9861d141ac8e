"""The sentence that an answer comes from is found by its words, in both languages, or none is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.inference.parts import sentences_of
from yanmo.inference.source_sentence import find_source, sentence_at

PASSAGE = (
    "Ada Lovelace was born in London in 1815. She wrote the first program.  It was for the"
    " Analytical Engine!\n李白生于701年。他是唐代诗人，被称为“诗仙”。"
)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("london", "Ada Lovelace was born in London in 1815."),
        ("first  Program.", "She wrote the first program."),
        ("701年。", "李白生于701年。"),
        ("唐代诗人", "他是唐代诗人，被称为“诗仙”。"),
    ],
)
def test_an_answer_in_the_words_of_the_passage_names_its_sentence(
    answer: str, sentence: str
) -> None:
    found = find_source(PASSAGE, "", answer)
    assert found is not None
    assert found.is_verbatim
    assert found.text == sentence == PASSAGE[found.start : found.end]


def test_an_answer_in_other_words_names_the_sentence_that_has_most_of_them() -> None:
    found = find_source(PASSAGE, "", "The engine was analytical")
    assert found is not None
    assert found.text == "It was for the Analytical Engine!"
    assert not found.is_verbatim


@pytest.mark.parametrize("answer", ["Paris", "on", "杜甫", "", "?!"])
def test_what_no_sentence_says_has_no_source(answer: str) -> None:
    assert find_source(PASSAGE, "Who?", answer) is None


def test_of_several_sentences_the_one_nearest_to_the_question_is_the_source() -> None:
    passage = "In May it rained. The king was crowned in May. In May it snowed."
    found = find_source(passage, "When was the king crowned?", "May")
    assert found is not None
    assert found.text == "The king was crowned in May."


def test_every_character_stands_in_a_sentence() -> None:
    for place, character in enumerate(PASSAGE):
        if not character.isspace():
            found = sentence_at(PASSAGE, place)
            assert found.start <= place < found.end


@given(st.text(alphabet="ab .!?。！\n”'3", max_size=60))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences_of(text)) == text
