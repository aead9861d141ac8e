"""SQuAD's form, versions 1 and 2, and one question a record."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.core.question_forms import (
    Answer,
    Question,
    QuestionFields,
    passages_of_record,
    stands_there,
)
from yanmo.core.record_fields import Malformed


def questions(record: Any, **fields: Any) -> list[Question]:
    found = passages_of_record(record, 3, QuestionFields(**fields))
    return [question for passage in found for question in passage.questions]


def test_a_squad_file_gives_its_questions_in_order() -> None:
    entries = [
        {"id": "a", "question": "Who?", "answers": [{"text": "Ink", "answer_start": 4}]},
        {"id": "b", "question": "When?", "answers": [], "is_impossible": True},
        {"id": "c", "question": "Where?"},
    ]
    record = {"data": [{"title": "T", "paragraphs": [{"context": "The Ink.", "qas": entries}]}]}
    (passage,) = passages_of_record(record, 1, QuestionFields())
    assert (passage.title, passage.text) == ("T", "The Ink.")
    assert passage.questions == (
        Question("a", "Who?", (Answer("Ink", 4),)),
        Question("b", "When?", (), True),
        Question("c", "Where?", None),
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("Ink", (Answer("Ink", None),)),
        ("", ()),
        (["Ink", "ink"], (Answer("Ink", None), Answer("ink", None))),
        ({"text": ["Ink"], "answer_start": [4]}, (Answer("Ink", 4),)),
        ({"text": "Ink", "answer_start": 4}, (Answer("Ink", 4),)),
        ([{"text": "Ink", "answer_start": 4}], (Answer("Ink", 4),)),
    ],
)
def test_answers_are_read_in_every_form(answers: Any, expected: tuple[Answer, ...]) -> None:
    assert questions({"question": "Who?", "answers": answers}) == [
        Question("3", "Who?", expected, is_named=False)
    ]


def test_a_record_without_an_answer_is_not_known_or_malformed() -> None:
    assert questions({"q": "Who?"}, question="q") == [Question("3", "Who?", None, is_named=False)]
    with pytest.raises(Malformed):
        questions({"question": "Who?"}, needs_answer=True)


@pytest.mark.parametrize(
    "record",
    [
        {"paragraphs": [{"qas": []}]},
        {"paragraphs": [{"context": "c"}]},
        {"paragraphs": [{"context": "c", "qas": ["Who?"]}]},
        {"question": "Who?", "answers": 7},
        {"question": "Who?", "answers": [{"answer_start": 7}]},
    ],
)
def test_other_records_are_malformed(record: Any) -> None:
    with pytest.raises(Malformed):
        questions(record)


def test_an_answer_stands_where_the_passage_says_it() -> None:
    assert stands_there(Answer("Ink", 4), "The Ink.")
    assert not stands_there(Answer("Ink", 3), "The Ink.")
    assert not stands_there(Answer("nk.", -3), "The Ink.")
    assert stands_there(Answer("Ink", None), "")


def test_the_wrong_entry_of_a_passage_is_told() -> None:
    entries = [{"question": "Who?"}, {"question": "When?", "answers": [{"text": 7}]}]
    with pytest.raises(Malformed) as caught:
        questions({"context": "c", "qas": entries})
    assert caught.value.entry == 1
