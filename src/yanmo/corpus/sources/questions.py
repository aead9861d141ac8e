"""The source `questions`: questions and answers, alone or about a passage.

Comes in: files in the form of SQuAD (Rajpurkar et al. 2016), or records with a question and an
answer. Goes out: a document for each passage or each question, with every question, answer and
offset in its metadata. An answer that does not stand in its passage where it is said to stand is
reported with the id of its question, and left out. Knows nothing of answering.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yanmo.core.messages import t
from yanmo.core.question_forms import (
    Passage,
    Question,
    QuestionFields,
    passages_of_record,
    stands_there,
    wrong_offset,
)
from yanmo.core.record_fields import Malformed
from yanmo.corpus.scripts import count_scripts, language_by_script
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.pairs_config import QuestionsSource
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.record_files import read_records

_LABELS = {"zh": ("问：", "答："), "ja": ("問：", "答："), "en": ("Question: ", "Answer: ")}


def read_questions(file: FileToRead, config: QuestionsSource) -> Iterator[Item]:
    """The documents of a file, and notes on records and answers that cannot be used."""
    fields = QuestionFields(
        config.question_field, config.answer_field, config.context_field, needs_answer=True
    )
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        try:
            for passage in passages_of_record(record, place, fields):
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
        answers = question.answers or ()
        wrong = [answer for answer in answers if not stands_there(answer, passage.text)]
        for answer in wrong:
            yield file.unreadable(place, wrong_offset(question, answer))
        right = tuple(answer for answer in answers if answer not in wrong)
        if right or not answers:
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
    answers = [{"text": answer.text, "start": answer.start} for answer in question.answers or ()]
    return {"id": question.id, "question": question.text, "answers": answers}
