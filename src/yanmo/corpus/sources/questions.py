"""The source `questions`: questions and answers, alone or about a passage.

Comes in: files in the form of SQuAD (Rajpurkar et al. 2016), or records with a question and an
answer. Goes out: a document for each passage or each question, with every question, answer and
offset in its metadata. An answer that does not stand in its passage where it is said to stand is
reported with the id of its question, and left out. Knows nothing of answering.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yanmo.core.messages import t
from yanmo.corpus.scripts import count_scripts, language_by_script
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.pairs_config import QuestionsSource
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.record_files import read_records

_LABELS = {"zh": ("问：", "答："), "ja": ("問：", "答："), "en": ("Question: ", "Answer: ")}


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
    """A question with its answers, which can be none.

    Args:
        id: its name in the file, or its number.
        text: what is asked.
        answers: all answers that hold.
    """

    id: str
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage, which can be empty, and the questions about it."""

    title: str
    text: str
    questions: tuple[Question, ...]


class Malformed(Exception):
    """A record is not in the form that is read; the message says what is missing."""


def read_questions(file: FileToRead, config: QuestionsSource) -> Iterator[Item]:
    """The documents of a file, and notes on records and answers that cannot be used."""
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        try:
            for passage in _passages(record, place, config):
                yield from _documents(file, passage, place, config)
        except Malformed as error:
            yield file.unreadable(place, str(error))


def layout_passage(passage: Passage) -> str:
    """The text of a document: passage, then each question with its first answer.

    Questions without an answer are in the metadata only.
    """
    blocks = [passage.text] if passage.text else []
    for question in passage.questions:
        if question.answers:
            asks, tells = _labels_for(question.text)
            blocks.append(f"{asks}{question.text}\n{tells}{question.answers[0].text}")
    return "\n\n".join(blocks)


def _labels_for(text: str) -> tuple[str, str]:
    """What stands before question and answer, in the language of the question."""
    return _LABELS[language_by_script(count_scripts(text)) or "en"]


def _documents(
    file: FileToRead, passage: Passage, place: int, config: QuestionsSource
) -> Iterator[Item]:
    """A document for the passage, or for each question; notes on wrong answers first."""
    questions: list[Question] = []
    for question in passage.questions:
        wrong = [answer for answer in question.answers if not _stands_there(answer, passage.text)]
        for answer in wrong:
            yield file.unreadable(place, _wrong_offset(question, answer))
        right = tuple(answer for answer in question.answers if answer not in wrong)
        if right or not question.answers:
            questions.append(Question(question.id, question.text, right))
    groups: list[tuple[Question, ...]] = [(question,) for question in questions]
    if config.document == "passage":
        groups = [tuple(questions)] if passage.text or questions else []
    for group in groups:
        part = Passage(passage.title, passage.text, group)
        text = layout_passage(part)
        if not text:
            yield file.unreadable(place, t("there is neither a passage nor an answer"))
            continue
        yield file.document(
            text,
            place,
            record=place,
            title=passage.title or None,
            questions=[_as_metadata(question) for question in group],
        )


def _as_metadata(question: Question) -> dict[str, Any]:
    answers = [{"text": answer.text, "start": answer.start} for answer in question.answers]
    return {"id": question.id, "question": question.text, "answers": answers}


def _stands_there(answer: Answer, text: str) -> bool:
    """Whether the passage holds the answer where it is said to."""
    if answer.start is None:
        return True
    return answer.start >= 0 and text.startswith(answer.text, answer.start)


def _wrong_offset(question: Question, answer: Answer) -> str:
    return t(
        "question {id}: the answer {answer!r} does not begin at character {start} of its passage",
        id=question.id,
        answer=answer.text[:60],
        start=answer.start,
    )


def _passages(record: Any, place: int, config: QuestionsSource) -> Iterator[Passage]:
    """The passages of a record: a SQuAD file, one article or passage of it, or one question."""
    if not isinstance(record, dict):
        raise Malformed(t("the record is no object"))
    if isinstance(record.get("data"), list):
        for article in record["data"]:
            yield from _passages(article, place, config)
    elif isinstance(record.get("paragraphs"), list):
        title = record.get("title")
        for paragraph in record["paragraphs"]:
            yield _squad_passage(paragraph, title if isinstance(title, str) else "")
    elif isinstance(record.get("qas"), list):
        yield _squad_passage(record, "")
    else:
        yield _single_question(record, place, config)


def _squad_passage(paragraph: Any, title: str) -> Passage:
    """A passage in SQuAD's form: `context` and `qas`."""
    text = _text_in(paragraph, "context")
    entries = paragraph.get("qas")
    if not isinstance(entries, list):
        raise Malformed(t("the field {name} is missing", name="qas"))
    questions = []
    for number, entry in enumerate(entries):
        answers = entry.get("answers", []) if isinstance(entry, dict) else None
        identity = entry.get("id", number) if isinstance(entry, dict) else number
        questions.append(
            Question(str(identity), _text_in(entry, "question"), _read_answers(answers))
        )
    return Passage(title, text, tuple(questions))


def _single_question(record: dict[str, Any], place: int, config: QuestionsSource) -> Passage:
    """A record with a question, an answer and maybe a passage."""
    answers = record.get(config.answer_field, record.get("answers"))
    if answers is None:
        raise Malformed(t("the field {name} is missing", name=config.answer_field))
    identity = str(record.get("id", place))
    question = Question(identity, _text_in(record, config.question_field), _read_answers(answers))
    context = record.get(config.context_field)
    title = record.get("title")
    return Passage(
        title if isinstance(title, str) else "",
        context if isinstance(context, str) else "",
        (question,),
    )


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
    return Answer(_text_in(answer, "text"), start if isinstance(start, int) else None)


def _text_in(record: Any, name: str) -> str:
    """A field that must be there and be a text."""
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, str):
        raise Malformed(t("the field {name} is missing or no text", name=name))
    return value
