"""The forms in which files write questions: SQuAD's, and one question a record.

Comes in: a record as JSON gives it: a SQuAD file (Rajpurkar et al. 2016; 2018 with questions that
have no answer), one article or passage of it, or one question. Goes out: passages with their
questions. Offsets are as the file has them; `stands_there` checks one. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yanmo.core.messages import t
from yanmo.core.record_fields import Malformed, text_in


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Args:
        text: what it says.
        start: the character of the passage at which it begins, or None where none is given.
    """

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers.

    Args:
        id: its name in the file, or its number.
        text: what is asked.
        answers: all answers that hold; empty where there is none; None where the file says nothing.
        is_impossible: what SQuAD 2 says of whether the passage has an answer; None where the file
            says nothing.
        is_named: whether the file has a name for it.
    """

    id: str
    text: str
    answers: tuple[Answer, ...] | None
    is_impossible: bool | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage, which can be empty, and the questions about it."""

    title: str
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class QuestionFields:
    """Where the parts of a record with one question stand, and whether it must have an answer."""

    question: str = "question"
    answer: str = "answer"
    context: str = "context"
    needs_answer: bool = False


def passages_of_record(record: Any, place: int, fields: QuestionFields) -> Iterator[Passage]:
    """The passages of a record: a SQuAD file, one article or passage of it, or one question.

    Args:
        place: number of the record, the name of a question that has none.

    Raises:
        Malformed: a part is missing or of the wrong type.
    """
    if not isinstance(record, dict):
        raise Malformed(t("the record is no object"))
    if isinstance(record.get("data"), list):
        for article in record["data"]:
            yield from passages_of_record(article, place, fields)
    elif isinstance(record.get("paragraphs"), list):
        title = record.get("title")
        for paragraph in record["paragraphs"]:
            yield _squad_passage(paragraph, title if isinstance(title, str) else "")
    elif isinstance(record.get("qas"), list):
        yield _squad_passage(record, "")
    else:
        yield _single_question(record, place, fields)


def stands_there(answer: Answer, passage: str) -> bool:
    """Whether the passage holds the answer where it is said to."""
    if answer.start is None:
        return True
    return answer.start >= 0 and passage.startswith(answer.text, answer.start)


def wrong_offset(question: Question, answer: Answer) -> str:
    """The message that an answer does not stand where it is said to."""
    return t(
        "question {id}: the answer {answer!r} does not begin at character {start} of its passage",
        id=question.id,
        answer=answer.text[:60],
        start=answer.start,
    )


def _squad_passage(paragraph: Any, title: str) -> Passage:
    """A passage in SQuAD's form: `context` and `qas`."""
    text = text_in(paragraph, "context")
    entries = paragraph.get("qas")
    if not isinstance(entries, list):
        raise Malformed(t("the field {name} is missing", name="qas"))
    questions = []
    for number, entry in enumerate(entries):
        try:
            questions.append(_squad_question(entry, number))
        except Malformed as error:
            raise Malformed(str(error), entry=number) from error
    return Passage(title, text, tuple(questions))


def _squad_question(entry: Any, number: int) -> Question:
    """A question in SQuAD's form, the one of that number in its passage."""
    asked = text_in(entry, "question")  # raises where the entry is no object
    return Question(
        str(entry.get("id", number)),
        asked,
        _read_answers(entry["answers"]) if "answers" in entry else None,
        _flag_in(entry, "is_impossible"),
        is_named="id" in entry,
    )


def _single_question(record: dict[str, Any], place: int, fields: QuestionFields) -> Passage:
    """A record with a question, and maybe answers and a passage."""
    answers = record.get(fields.answer, record.get("answers"))
    if answers is None and fields.needs_answer:
        raise Malformed(t("the field {name} is missing", name=fields.answer))
    question = Question(
        str(record.get("id", place)),
        text_in(record, fields.question),
        None if answers is None else _read_answers(answers),
        _flag_in(record, "is_impossible"),
        is_named="id" in record,
    )
    context = record.get(fields.context)
    title = record.get("title")
    return Passage(
        title if isinstance(title, str) else "",
        context if isinstance(context, str) else "",
        (question,),
    )


def _flag_in(record: dict[str, Any], name: str) -> bool | None:
    value = record.get(name)
    return value if isinstance(value, bool) else None


def _read_answers(answers: Any) -> tuple[Answer, ...]:
    """Answers as files write them: a text, a list of texts or objects, or lists side by side."""
    if isinstance(answers, str):
        return (Answer(answers, None),) if answers else ()
    if isinstance(answers, dict):
        texts, starts = answers.get("text", []), answers.get("answer_start", [])
        if isinstance(texts, str):
            texts, starts = [texts], [starts]
        if not isinstance(texts, list):
            raise Malformed(t("the answers are in no form that is read"))
        if not isinstance(starts, list) or len(starts) != len(texts):
            starts = [None] * len(texts)
        answers = [
            {"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)
        ]
    if not isinstance(answers, list):
        raise Malformed(t("the answers are in no form that is read"))
    return tuple(_read_answer(answer) for answer in answers)


def _read_answer(answer: Any) -> Answer:
    if isinstance(answer, str):
        return Answer(answer, None)
    start = answer.get("answer_start") if isinstance(answer, dict) else None
    return Answer(text_in(answer, "text"), start if isinstance(start, int) else None)
