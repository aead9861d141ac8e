"""Requests for what task models say of texts."""

from __future__ import annotations

from pydantic import Field

from yanmo.serving.schemas.request import ApiRequest

Texts = str | list[str]


class TaskRequest(ApiRequest):
    """A request for a head of a task model."""

    head: str | None = None
    """The head of a model with several."""
    user: str | None = None
    """Accepted, and not used."""


class ClassifyRequest(TaskRequest):
    """`POST /v1/classify`: a class, or a number, for each text or pair of texts."""

    input: Texts
    """A text, or texts."""
    second: Texts | None = None
    """The other text of each pair, for models that judge pairs."""


class EntitiesRequest(TaskRequest):
    """`POST /v1/entities`: the entities of running texts."""

    input: Texts
    """A text, or texts."""


class AnswersRequest(TaskRequest):
    """`POST /v1/answers`: answers to questions from passages."""

    question: Texts
    """A question, or questions."""
    passage: Texts
    """Where the answer is looked for: one passage for all, or one for each question."""
    threshold: float = 0.0
    """The least log-odds, in nats, of an answer against "no answer"."""
    max_answer_tokens: int = Field(default=30, ge=1, le=1000)
    """The longest answer that is considered."""


class SimilarityRequest(TaskRequest):
    """`POST /v1/similarity`: how alike two texts are."""

    text_1: Texts
    """A text for all, or one for each pair."""
    text_2: Texts
    """The others."""
