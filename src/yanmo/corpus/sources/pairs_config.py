"""The settings of sources whose records have parts: parallel text, questions, talk.

Comes in: the tables below `[[corpus.sources]]` of a recipe. Goes out: frozen models. Knows nothing
of how the sources are read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yanmo.core.messages import t
from yanmo.corpus.language.config import LanguageCode
from yanmo.corpus.profiles.config import SocialTextConfig
from yanmo.corpus.sources.config import Encoding, SourceConfig

FieldName = Annotated[str, Field(min_length=1)]
Paths = Annotated[list[str], Field(min_length=1)]


class _RecordsSource(SourceConfig):
    """What the sources below have in common."""

    encoding: Encoding | None = None
    """How the bytes are to be read, such as "big5". None detects it."""

    max_document_bytes: Annotated[int, Field(ge=1_000)] = 64_000_000
    """The longest line or record that is read, unpacked. A longer one is reported."""


class ParallelSource(_RecordsSource):
    """Texts with their translations, sentence by sentence."""

    kind: Literal["parallel"] = "parallel"
    """Says that this source is parallel text."""

    paths: Annotated[
        list[Annotated[list[str], Field(min_length=1, max_length=2)]], Field(min_length=1)
    ]
    """Each entry is a pair of files with one sentence a line, such as ["train.en", "train.de"], or
    one file with both sides in columns, such as ["en-zh.tsv"]. Files may be packed."""

    languages: Annotated[list[LanguageCode], Field(min_length=2, max_length=2)]
    """The languages of the two sides, such as ["en", "zh"]."""

    columns: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)] = (
        Field(default_factory=lambda: [0, 1])
    )
    """In which columns of a file with tabs the two sides stand, counted from 0."""

    pairs_per_document: Annotated[int, Field(ge=1)] = 1
    """How many pairs that follow each other make a document."""

    layout: Literal["lines", "labelled"] = "lines"
    """The text of a document: a line for each side, in the order of `languages`, and a blank line
    between pairs. `labelled` writes "en: " and "zh: " before the lines."""

    keep_sides: bool = True
    """Also keep both sides in the metadata, as they were found, for training translators. Steps
    that change text, such as the masking of private data, do not reach them there."""


class QuestionsSource(_RecordsSource):
    """Questions with answers, alone or about a passage."""

    kind: Literal["questions"] = "questions"
    """Says that this source is questions and answers."""

    paths: Paths
    """Files and folders: .json in the form of SQuAD, or .jsonl or .json with one question a record;
    each may be packed."""

    question_field: FieldName = "question"
    """The field of a record that holds the question."""

    answer_field: FieldName = "answer"
    """The field that holds the answer: a text, a list of texts, or SQuAD's form with `text` and
    `answer_start`. Where it is missing, `answers` is looked for."""

    context_field: FieldName = "context"
    """The field that holds the passage, where there is one."""

    document: Literal["passage", "question"] = "passage"
    """Whether a passage with all its questions is one document, or each question with its passage.
    The text: the passage, a blank line, then a line for the question ("Question: " or 问：) and one
    for its first answer ("Answer: " or 答：), with a blank line between questions."""


class ConversationsSource(_RecordsSource):
    """Instructions with responses, and talk of several turns."""

    kind: Literal["conversations"] = "conversations"
    """Says that this source is instructions or conversations."""

    paths: Paths
    """Files and folders: .jsonl or .json, may be packed. A record is an instruction (`instruction`,
    `input`, `output`, maybe `system` and `history`), a `prompt` with a `response`, ShareGPT's
    `conversations`, chat `messages`, or one message of a log, see `group_field`."""

    group_field: FieldName | None = None
    """For logs with one message a record: the field that is the same for all messages of one
    conversation. They must follow each other. None takes each record for a whole conversation."""

    speaker_field: FieldName = "speaker"
    """For logs: the field that holds who speaks."""

    text_field: FieldName = "text"
    """For logs: the field that holds what is said."""

    speakers: Literal["number", "keep", "drop"] = "number"
    """What becomes of the names in logs: `number` writes <SPEAKER_1>, <SPEAKER_2>, in the order in
    which they speak; `drop` leaves a line for each message only."""

    social: SocialTextConfig | None = None
    """How @names, addresses, topics and emoji in logs are handled; None leaves them."""


class SocialSource(_RecordsSource):
    """Posts of social media."""

    kind: Literal["social"] = "social"
    """Says that this source is social posts."""

    paths: Paths
    """Files and folders: .jsonl or .json with a post a record; may be packed."""

    text_field: FieldName = "text"
    """The field that holds the post."""

    thread_field: FieldName | None = None
    """The field that is the same for all posts of a thread; posts that follow each other with the
    same value become one document, a blank line between posts. None makes each post one."""

    social: SocialTextConfig = SocialTextConfig()
    """How @names, addresses, topics, emoji and reposts are handled."""

    min_characters: Annotated[int, Field(ge=0)] = 1
    """Posts with fewer characters after that are left out, and counted."""

    @model_validator(mode="after")
    def _thread_is_not_text(self) -> SocialSource:
        if self.thread_field == self.text_field:
            raise ValueError(t("thread_field and text_field must differ"))
        return self
