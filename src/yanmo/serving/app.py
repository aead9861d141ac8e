"""The routes of a server, their errors, and the document that describes them.

In: the state of a server. Out: an application for any ASGI server. Models may come later: until
then every route that needs one answers 503.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

import yanmo
from yanmo.core.messages import t
from yanmo.serving import chat, completions, operation, task_models, token_ids, vectors
from yanmo.serving.answers import error_response
from yanmo.serving.api_error import ApiError
from yanmo.serving.gate import Gate
from yanmo.serving.schemas.chat import ChatRequest
from yanmo.serving.schemas.completion import CompletionRequest
from yanmo.serving.schemas.request import ApiRequest
from yanmo.serving.schemas.tasks import (
    AnswersRequest,
    ClassifyRequest,
    EntitiesRequest,
    SimilarityRequest,
)
from yanmo.serving.schemas.vectors import DetokenizeRequest, EmbeddingRequest, TokenizeRequest
from yanmo.serving.serving_state import ServingState

Route = Callable[[Request], Awaitable[Response]]
POSTED: dict[str, tuple[Route, type[ApiRequest]]] = {
    "/v1/chat/completions": (chat.complete_chat, ChatRequest),
    "/v1/completions": (completions.complete, CompletionRequest),
    "/v1/embeddings": (vectors.embed, EmbeddingRequest),
    "/v1/similarity": (vectors.compare, SimilarityRequest),
    "/v1/classify": (task_models.classify, ClassifyRequest),
    "/v1/entities": (task_models.find_entities, EntitiesRequest),
    "/v1/answers": (task_models.find_answers, AnswersRequest),
    "/tokenize": (token_ids.tokenize, TokenizeRequest),
    "/detokenize": (token_ids.detokenize, DetokenizeRequest),
}
READ: dict[str, Route] = {
    "/v1/models": operation.list_models,
    "/v1/models/{model:path}": operation.tell_model,
    "/health": operation.tell_health,
    "/metrics": operation.tell_metrics,
    "/version": operation.tell_version,
}
_ERRORS = (400, 401, 403, 404, 413, 415, 429, 500, 503)


def build_app(state: ServingState) -> ASGIApp:
    """The application of a server."""
    app = FastAPI(title="yanmo", version=yanmo.__version__, docs_url=None, redoc_url=None)
    app.state.serving = state
    for path, (route, kind) in POSTED.items():
        app.add_api_route(
            path,
            route,
            methods=["POST"],
            response_class=Response,
            openapi_extra={"requestBody": _body_of(kind)},
            responses=_responses(),
        )
    for path, route in READ.items():
        app.add_api_route(
            path, route, methods=["GET"], response_class=Response, responses=_responses()
        )
    app.add_exception_handler(ApiError, _tell_error)
    app.add_exception_handler(HTTPException, _tell_http_error)
    app.add_exception_handler(Exception, _tell_defect)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return Gate(app, state)


async def _tell_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError), "registered for these"
    return error_response(error)


async def _tell_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for these"
    messages = {
        404: t("there is nothing at this address; the routes are in /openapi.json"),
        405: t("this address does not take this method"),
    }
    message = messages.get(error.status_code, str(error.detail))
    status = 400 if error.status_code == 422 else error.status_code
    told = ApiError(status, message, code={404: "not_found", 405: "method_not_allowed"}.get(status))
    told.headers.update(error.headers or {})
    return error_response(told)


async def _tell_defect(_request: Request, _error: Exception) -> Response:
    """A defect of ours: the client is told no more than that; the log has all of it, since the
    error goes on to the ASGI server."""
    return error_response(ApiError(500, t("the server has failed; its log says more")))


def _body_of(kind: type[ApiRequest]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _responses() -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/ErrorAnswer"}
    told = {"description": "An error.", "content": {"application/json": {"schema": schema}}}
    return {status: dict(told) for status in _ERRORS}


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the requests' own schemas."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        kinds = [(kind, "validation") for _, kind in POSTED.values()]
        _, schemas = models_json_schema(
            kinds,  # type: ignore[arg-type]  # "validation" is one of its modes
            ref_template="#/components/schemas/{model}",
        )
        own = document.setdefault("components", {}).setdefault("schemas", {})
        own |= schemas["$defs"] | {"ErrorAnswer": _ERROR_SCHEMA}
        app.openapi_schema = document
    return app.openapi_schema


_TEXT_OR_NULL = {"type": ["string", "null"]}
_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": _TEXT_OR_NULL,
                "code": _TEXT_OR_NULL,
            },
        }
    },
}
