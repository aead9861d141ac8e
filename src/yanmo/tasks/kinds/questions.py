"""Questions about passages, answered by words of the passage, or not at all.

Comes in: XQuAD or CMRC 2018 as published, or own files in SQuAD's form (Rajpurkar et al. 2016; 2018
with questions that have no answer) or with one question a row. Goes out: `QuestionExample`s; every
answer is checked to stand in its passage where the file says. Knows no tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.core.question_forms import Answer as FoundAnswer
from yanmo.core.question_forms import (
    Passage,
    Question,
    QuestionFields,
    passages_of_record,
    stands_there,
    wrong_offset,
)
from yanmo.core.record_fields import Malformed
from yanmo.tasks.example import Answer, QuestionExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.reading.json_rows import read_json
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import format_of, read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Task
from yanmo.tasks.task_config import FilesConfig

Offsets = Literal["characters", "utf16"]


class QuestionsConfig(FilesConfig):
    """Questions whose answers stand in a passage."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "question_column",
        "answer_column",
        "passage_column",
        "offsets",
    )

    kind: Literal["questions"]
    """Kind of the task."""
    dataset: Literal["xquad_en", "xquad_zh", "cmrc2018"] | None = None
    """A published data set below `folder`: `xquad_en` (xquad.en.json), `xquad_zh` (xquad.zh.json),
    `cmrc2018` (cmrc2018_trial.json; what asks nothing is left out). Each is one file, cut by
    passages."""
    question_column: str = "question"
    """Field of the question, in own files with one question a row."""
    answer_column: str = "answers"
    """Field of the answers: a text, a list of texts, or SQuAD's `text` with `answer_start`. Empty
    where the passage has no answer. An answer without a place is looked for in the passage."""
    passage_column: str = "context"
    """Field of the passage."""
    offsets: Offsets | None = None
    """What the places of answers count: `characters`, or the 16-bit units of `utf16`, as Java and
    JavaScript do. Derived: that of the published data set, else `characters`."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        layout = _LAYOUTS[self.dataset] if self.dataset else None
        files = layout_files(folder_of(self, base_dir), layout.files) if layout else None
        offsets = self.offsets or (layout.offsets if layout else "characters")
        return FileTask(
            name,
            "questions",
            1,
            self,
            source_of(self, base_dir, files),
            read=lambda task, split: (
                example
                for file in task.source.files[split]
                for example in _read_file(task, file, self, offsets)
            ),
            language=self.language or (layout.language if layout else "en"),
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a published data set lies on disk, and what its offsets count."""

    language: str
    files: Mapping[Literal["train", "validation", "test"], str]
    offsets: Offsets = "characters"


_LAYOUTS = {
    "xquad_en": _Layout("en", {"train": "xquad.en.json"}),
    "xquad_zh": _Layout("zh", {"train": "xquad.zh.json"}),
    "cmrc2018": _Layout("zh", {"train": "cmrc2018_trial.json"}, "utf16"),
}


def _read_file(
    task: FileTask, file: SourceFile, config: QuestionsConfig, offsets: Offsets
) -> Iterator[QuestionExample]:
    """The questions of a file. CMRC as published has one without words."""
    names: set[str] = set()
    num_left_out = 0
    for passage, question, row in _questions(file, config):
        if config.dataset == "cmrc2018" and not question.text.strip():
            num_left_out += 1
            continue
        example = _example(passage, question, row, offsets)
        if example.id in names:
            raise row.error(t("the id {id} stands twice", id=repr(example.id)))
        names.add(example.id)
        yield example
    if num_left_out:
        task.notes.append(
            t(
                "{file}: {count} {count:question|questions} without words left out",
                file=file.name,
                count=num_left_out,
            )
        )


def _questions(
    file: SourceFile, config: QuestionsConfig
) -> Iterator[tuple[Passage, Question, Row]]:
    """The questions of a file with their places: in SQuAD's form their numbers in the file."""
    fields = QuestionFields(config.question_column, config.answer_column, config.passage_column)
    content: Any = None
    if (config.format or format_of(file)) == "json":
        content = read_json(file)
    if not isinstance(content, dict):
        for row in read_rows(file, config.format, has_header=config.has_header):
            for passage, question in _of_record(row, fields):
                yield passage, question, row
        return
    if not {"data", "paragraphs", "qas"} & content.keys():
        raise file.error(
            t("the file is not in the form of SQuAD"),
            why=t("it has no key named data"),
        )
    number = 0
    try:
        for passage in passages_of_record(content, 1, fields):
            for question in passage.questions:
                number += 1
                yield passage, question, Row(file, number, {})
    except Malformed as error:
        raise file.error(str(error), row=number + error.entry + 1) from None


def _of_record(row: Row, fields: QuestionFields) -> Iterator[tuple[Passage, Question]]:
    """The questions of a row: one, or those of an article or passage in SQuAD's form."""
    try:
        for passage in passages_of_record(dict(row.values), row.number, fields):
            for question in passage.questions:
                yield passage, question
    except Malformed as error:
        raise row.error(str(error)) from None


def _example(passage: Passage, question: Question, row: Row, offsets: Offsets) -> QuestionExample:
    """A question, once everything about it has been checked."""
    row.checked(passage.text + question.text, "context")
    if not passage.text.strip():
        raise row.error(t("the passage is empty"))
    if not question.text.strip():
        raise row.error(t("the question is empty"))
    answers = question.answers
    if question.is_impossible and answers:
        raise row.error(t("question {id} is impossible and has an answer", id=question.id))
    if question.is_impossible is False and answers == ():
        raise row.error(t("question {id} is not impossible and has no answer", id=question.id))
    if question.is_impossible:
        answers = ()
    checked = None
    if answers is not None:
        checked = tuple(_checked(answer, passage, question, row, offsets) for answer in answers)
    identity = question.id if question.is_named else row.id
    return QuestionExample(identity, question.text, passage.text, checked)


def _checked(
    answer: FoundAnswer, passage: Passage, question: Question, row: Row, offsets: Offsets
) -> Answer:
    """An answer that stands where it is said to."""
    if not answer.text.strip():
        raise row.error(t("question {id} has an answer without words", id=question.id))
    if answer.start is None:
        start = passage.text.find(answer.text)
        if start < 0:
            raise row.error(
                t(
                    "question {id}: the answer {answer!r} does not stand in its passage",
                    id=question.id,
                    answer=answer.text[:60],
                )
            )
        return Answer(answer.text, start)
    start = answer.start
    if offsets == "utf16":
        start = _characters(passage.text, start)
    if not stands_there(FoundAnswer(answer.text, start), passage.text):
        raise _not_there(answer, passage, question, row, offsets)
    return Answer(answer.text, start)


def _not_there(
    answer: FoundAnswer, passage: Passage, question: Question, row: Row, offsets: Offsets
) -> DataError:
    """The error for an answer at the wrong place, with what else the place may count."""
    other: Offsets = "characters" if offsets == "utf16" else "utf16"
    assert answer.start is not None, "an answer without a place is looked for"
    start = _characters(passage.text, answer.start) if other == "utf16" else answer.start
    place = passage.text.find(answer.text)
    hint = None
    if stands_there(FoundAnswer(answer.text, start), passage.text):
        hint = t('It does with offsets = "{offsets}".', offsets=other)
    elif place >= 0:
        hint = t("It begins at character {place}.", place=place)
    return row.error(wrong_offset(question, answer), hint=hint)


def _characters(text: str, units: int) -> int:
    """The character that begins behind so many 16-bit units; -1 where none does."""
    if text.isascii() or units < 0:
        return units
    head = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    try:
        return len(head.decode("utf-16-le"))
    except UnicodeDecodeError:
        return -1
