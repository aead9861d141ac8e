"""The page Explain: what a model looked at, what its answer owes to which token, and what its
layers would have said.

In: a model below the folder of runs, and a text. Out: JSON, and bytes where there are many numbers.
What is told is `looking`'s affair; it is imported when it is first wanted, since torch takes long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.studio.folders import find_inside
from yanmo.studio.model_shelf import ModelShelf
from yanmo.studio.settings import StudioSettings
from yanmo.studio.sweeping import sweeping

if TYPE_CHECKING:
    from yanmo.interpretation.question import Question
    from yanmo.studio.looking import OpenedSubject

MAX_TOKENS = 512
"""Longest text that is explained: the matrices of attention grow with its square."""


class ExplainRequest(Config):
    """A text put to a model."""

    model: str
    """The model's folder, seen from the folder of runs."""
    text: str = Field(max_length=20_000)
    """What the model reads."""
    second: str | None = Field(default=None, max_length=20_000)
    """The other text of a pair, or the passage of a question."""
    answer: str | None = Field(default=None, max_length=2_000)
    """What is to be explained; what the model would say where unset."""
    label: str | None = Field(default=None, max_length=200)
    """The class or tag that is to be explained; the model's own where unset."""
    word: str | None = Field(default=None, max_length=200)
    """The word whose tag is explained, or its number from 1."""


class AttributeRequest(ExplainRequest):
    """The same, and by which method."""

    method: str
    """Its name."""


class HeadsRequest(ExplainRequest):
    """The same, and what it means that a head is off."""

    mode: Literal["zero", "mean"] = "zero"
    """What stands in place of what a head would have said: nothing, or its mean over the text."""


class WithoutRequest(HeadsRequest):
    """The same, and which heads are switched off."""

    heads: list[tuple[str, int, int]] = Field(max_length=4096)
    """Part, layer and head of each, counted from 0."""


class Explainer:
    """Answers questions about models below a folder.

    Args:
        settings: the folder of runs.
        shelf: models that are open.
    """

    def __init__(self, settings: StudioSettings, shelf: ModelShelf[OpenedSubject]) -> None:
        self._settings = settings
        self._shelf = shelf

    @contextmanager
    def question(self, request: ExplainRequest) -> Iterator[Question]:
        """The question that a request puts; nobody else looks into the model inside the block.

        Raises:
            NotHere: there is no such model.
            ConfigError: it cannot be asked this, or the text is too long.
        """
        from yanmo.interpretation.ask import ask

        directory = find_inside(self._settings.runs, request.model)
        with self._shelf.using(directory) as opened, opened.lock:
            question = ask(
                opened.subject,
                request.text,
                answer=request.answer or None,
                label=request.label or None,
                second=request.second or None,
                word=request.word or None,
            )
            if len(question.positions) > MAX_TOKENS:
                raise ConfigError(
                    t(
                        "the text has {length} tokens, and at most {limit} are explained at once",
                        length=len(question.positions),
                        limit=MAX_TOKENS,
                    )
                )
            yield question


def open_to_explain(directory: Path) -> OpenedSubject:
    """Open a model folder.

    Raises:
        CheckpointError, DataError, ConfigError: it cannot be opened.
    """
    from yanmo.studio.looking import open_for_looking

    return open_for_looking(directory)


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    shelf: ModelShelf[OpenedSubject] = ModelShelf(open_to_explain, lambda _: None)
    explainer = Explainer(settings, shelf)
    router = APIRouter(prefix="/api/explain", tags=["explain"], lifespan=sweeping(shelf))

    @router.post("/ask")
    def ask_model(request: ExplainRequest) -> dict[str, Any]:
        """The answer, and what can be looked at."""
        from yanmo.studio.looking import describe

        with explainer.question(request) as question:
            return describe(question)

    @router.post("/attribution")
    def attribution(request: AttributeRequest) -> dict[str, Any]:
        """What each token adds to the answer."""
        from yanmo.studio.looking import attribution_told

        with explainer.question(request) as question:
            return attribution_told(question, request.method)

    @router.post("/lens")
    def lens(request: ExplainRequest) -> dict[str, Any]:
        """What every layer would have said."""
        from yanmo.studio.looking import lens_told

        with explainer.question(request) as question:
            return lens_told(question)

    @router.post("/heads")
    def heads(request: HeadsRequest) -> dict[str, Any]:
        """What each head does for the answer."""
        from yanmo.studio.looking import heads_told

        with explainer.question(request) as question:
            return heads_told(question, request.mode)

    @router.post("/without")
    def without(request: WithoutRequest) -> dict[str, Any]:
        """What is said while some heads are switched off."""
        from yanmo.studio.looking import told_without

        with explainer.question(request) as question:
            return told_without(question, request.heads, request.mode)

    @router.post("/attention")
    def attention(request: ExplainRequest) -> Response:
        """What every head looked at."""
        from yanmo.studio.looking import attention_bytes

        with explainer.question(request) as question:
            content, told = attention_bytes(question)
        headers = {"X-Yanmo-Maps": json.dumps(told)}
        return Response(content, media_type="application/octet-stream", headers=headers)

    return router
