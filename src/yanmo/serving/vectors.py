"""`POST /v1/embeddings` and `POST /v1/similarity`: texts as vectors, and how alike two are.

In: texts. Out: vectors of length one, the mean over a text's tokens; or a number for each
pair, from a head that has learned to give it, and else the cosine.
"""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.inference.embed import Embeddings
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import bad_request, refused
from yanmo.serving.event_stream import CLIENT_CLOSED, unless_gone
from yanmo.serving.schemas.tasks import SimilarityRequest
from yanmo.serving.schemas.vectors import EmbeddingRequest
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import read_request, state_of
from yanmo.serving.task_models import check_count, paired, texts_of


async def embed(request: Request) -> Response:
    """Vectors of texts."""
    asked = await read_request(request, EmbeddingRequest)
    state = state_of(request)
    model = state.models.get(asked.model)
    model.need_embedder()
    texts = _texts(asked, model)
    check_count(len(texts), state.settings.max_inputs, "input")
    try:
        answer = await unless_gone(request, model.worker.run(lambda: _counted(model, texts)))
    except YanmoError as error:
        raise refused(error, "input") from error
    if answer is None:
        return Response(status_code=CLIENT_CLOSED)
    found, usage = answer
    width = found.vectors.shape[1]
    if asked.dimensions not in (None, width):
        raise bad_request(
            t("the vectors of this model have {width} numbers", width=width), "dimensions"
        )
    data = [
        {"object": "embedding", "index": place, "embedding": _told(vector, asked.encoding_format)}
        for place, vector in enumerate(found.vectors)
    ]
    return json_response({"object": "list", "data": data, "model": model.name, "usage": usage})


async def compare(request: Request) -> Response:
    """How alike two texts are."""
    asked = await read_request(request, SimilarityRequest)
    state = state_of(request)
    model = state.models.get(asked.model)
    firsts, seconds = paired(asked.text_1, asked.text_2, "text_2")
    check_count(len(firsts), state.settings.max_inputs, "text_1")

    def score() -> tuple[list[float], dict[str, int]]:
        usage = _usage(model, [*firsts, *seconds])
        if model.kind == "task":
            predictor = model.predictor(("regression",), asked.head)
            return list(predictor.score(firsts, list(seconds)).items), usage
        vectors = _embed(model, [*firsts, *seconds]).vectors.astype(np.float64)
        cosines = (vectors[: len(firsts)] * vectors[len(firsts) :]).sum(axis=1)
        return [float(one) for one in np.clip(cosines, -1.0, 1.0)], usage

    if model.kind == "task":
        model.predictor(("regression",), asked.head)
    elif asked.head is not None:
        raise bad_request(t("this model has no heads"), "head")
    try:
        answer = await unless_gone(request, model.worker.run(score))
    except YanmoError as error:
        raise refused(error, "text_1") from error
    if answer is None:
        return Response(status_code=CLIENT_CLOSED)
    scores, usage = answer
    data = [{"index": n, "object": "score", "score": score} for n, score in enumerate(scores)]
    return json_response(
        {
            "id": f"score-{uuid.uuid4().hex}",
            "object": "list",
            "created": int(time.time()),
            "model": model.name,
            "data": data,
            "usage": usage,
        }
    )


def _counted(model: ServedModel, texts: list[str]) -> tuple[Embeddings, dict[str, int]]:
    return _embed(model, texts), _usage(model, texts)


def _embed(model: ServedModel, texts: list[str]) -> Embeddings:
    found = model.embedder.embed(texts)
    if found.num_cut:
        limit = model.embedder.limit_tokens
        raise bad_request(
            t(
                "{count} {count:text is|texts are} longer than the {limit:,} tokens of the model",
                count=found.num_cut,
                limit=limit,
            ),
            "input",
            "context_length_exceeded",
        )
    return found


def _texts(asked: EmbeddingRequest, model: ServedModel) -> list[str]:
    given = asked.input
    if isinstance(given, list) and given and isinstance(given[0], int):
        given = [given]  # the ids of one text
    try:
        return [
            one
            if isinstance(one, str)
            else model.codec.decode(one if isinstance(one, list) else [one])
            for one in texts_of(given)
        ]
    except YanmoError as error:
        raise refused(error, "input") from error


def _told(vector: Any, encoding: str) -> Any:
    if encoding == "base64":
        return base64.b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode("ascii")
    return [float(one) for one in vector]


def _usage(model: ServedModel, texts: list[str]) -> dict[str, int]:
    count = sum(len(model.codec.encode(text)) for text in texts)
    return {"prompt_tokens": count, "total_tokens": count}
