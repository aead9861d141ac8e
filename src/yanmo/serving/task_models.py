"""`/v1/classify`, `/v1/entities`, `/v1/answers`: what the heads of a task model say of texts.

In: texts. Out: for each a class with probabilities or a number; its entities; an answer and where
it stands. Long texts are read in windows.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import bad_request, refused
from yanmo.serving.event_stream import CLIENT_CLOSED, unless_gone
from yanmo.serving.schemas.tasks import AnswersRequest, ClassifyRequest, EntitiesRequest
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import read_request, state_of

NO_ANSWER = -9999.0
"""The log-odds of an answer where the passage has no token."""


async def classify(request: Request) -> Response:
    """A class, or a number, for each text."""
    asked = await read_request(request, ClassifyRequest)
    model = state_of(request).models.get(asked.model)
    predictor = model.predictor(("classification", "regression"), asked.head)
    texts: list[str] = texts_of(asked.input)
    seconds: list[str | None] | None = None
    if asked.second is not None:
        texts, others = paired(asked.input, asked.second, "second")
        seconds = list(others)

    def run() -> list[dict[str, Any]]:
        if predictor.spec.kind == "regression":
            return [{"score": one} for one in predictor.score(texts, seconds).items]
        return [
            {
                "label": one.label,
                "probs": list(one.probabilities),
                "num_classes": len(one.probabilities),
                "probabilities": dict(zip(predictor.spec.labels, one.probabilities, strict=True)),
            }
            for one in predictor.classify(texts, seconds).items
        ]

    return await _answer(request, model, "classify", texts, run)


async def find_entities(request: Request) -> Response:
    """The entities of texts."""
    asked = await read_request(request, EntitiesRequest)
    model = state_of(request).models.get(asked.model)
    predictor = model.predictor(("tagging",), asked.head)
    texts = texts_of(asked.input)

    def run() -> list[dict[str, Any]]:
        return [
            {
                "entities": [
                    {"kind": one.kind, "start": one.start, "end": one.end, "text": one.text}
                    for one in own
                ]
            }
            for own in predictor.entities(texts).items
        ]

    return await _answer(request, model, "entities", texts, run)


async def find_answers(request: Request) -> Response:
    """Answers to questions from passages."""
    asked = await read_request(request, AnswersRequest)
    model = state_of(request).models.get(asked.model)
    predictor = model.predictor(("spans",), asked.head)
    questions, passages = paired(asked.question, asked.passage, "passage")

    def run() -> list[dict[str, Any]]:
        found = predictor.answer(
            questions,
            passages,
            threshold=asked.threshold,
            max_answer_tokens=asked.max_answer_tokens,
        )
        return [
            {
                "answer": one.answer,
                "start": one.start if one.has_answer else None,
                "log_odds": max(one.log_odds, NO_ANSWER),
            }
            for one in found.items
        ]

    return await _answer(request, model, "answers", [*questions, *passages], run)


def texts_of(given: Any) -> list[Any]:
    """One text or several, as a list."""
    return list(given) if isinstance(given, list) else [given]


def paired(one: str | list[str], other: str | list[str], param: str) -> tuple[list[str], list[str]]:
    """Two texts of each pair; a single one goes with all of the other side.

    Raises:
        ApiError: there are other numbers of them.
    """
    firsts, seconds = texts_of(one), texts_of(other)
    if len(firsts) == 1 and len(seconds) > 1:
        firsts = firsts * len(seconds)
    if len(seconds) == 1 and len(firsts) > 1:
        seconds = seconds * len(firsts)
    if len(firsts) != len(seconds):
        raise bad_request(
            t("{one} texts and {other} do not make pairs", one=len(firsts), other=len(seconds)),
            param,
        )
    return firsts, seconds


def check_count(count: int, limit: int, param: str) -> None:
    """Raises ApiError where there are no texts, or too many."""
    if not 0 < count <= limit:
        raise bad_request(
            t("give between 1 and {limit:,} texts, not {count:,}", limit=limit, count=count), param
        )


async def _answer(
    request: Request,
    model: ServedModel,
    kind: str,
    texts: Sequence[str],
    run: Callable[[], list[dict[str, Any]]],
) -> Response:
    check_count(len(texts), state_of(request).settings.max_inputs, "input")

    def run_and_count() -> tuple[list[dict[str, Any]], int]:
        return run(), sum(len(model.codec.encode(text)) for text in texts)

    try:
        answer = await unless_gone(request, model.worker.run(run_and_count))
    except YanmoError as error:
        raise refused(error, "input") from error
    if answer is None:
        return Response(status_code=CLIENT_CLOSED)
    found, count = answer
    return json_response(
        {
            "id": f"{kind}-{uuid.uuid4().hex}",
            "object": "list",
            "created": int(time.time()),
            "model": model.name,
            "data": [{"index": place, **one} for place, one in enumerate(found)],
            "usage": {"prompt_tokens": count, "total_tokens": count},
        }
    )
