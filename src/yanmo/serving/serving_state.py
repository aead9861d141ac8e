"""What all routes of one server share: models, settings and metrics; and how a body is read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request

from yanmo.core.messages import t
from yanmo.serving.api_error import ApiError
from yanmo.serving.config import ServingConfig
from yanmo.serving.metrics import ServerMetrics
from yanmo.serving.schemas.request import Asked, parse_request
from yanmo.serving.served_model import ServedModels


@dataclass
class ServingState:
    """One server.

    Attributes:
        settings: how it listens and what it refuses.
        models: what it serves.
        metrics: what it counts.
        num_active: requests that are being answered.
    """

    settings: ServingConfig
    models: ServedModels = field(default_factory=ServedModels)
    metrics: ServerMetrics = field(default_factory=ServerMetrics)
    num_active: int = 0

    def __post_init__(self) -> None:
        self.metrics.watch_engines(
            lambda: {
                model.name: model.door.source.counts
                for model in self.models.all()
                if model.door is not None
            }
        )


def state_of(request: Request) -> ServingState:
    """The server that was asked."""
    state: ServingState = request.app.state.serving
    return state


async def read_request(request: Request, kind: type[Asked]) -> Asked:
    """The body as a request of `kind`.

    Raises:
        ApiError: it is no JSON, too long, or asks for what there is not.
    """
    limit = state_of(request).settings.max_body_bytes
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(
            415,
            t("the body has to be JSON: send the header Content-Type: application/json"),
            code="unsupported_media_type",
        )
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and len(told) < 20 and int(told) > limit:
        raise _too_long(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(state_of(request).settings.body_s):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    raise _too_long(limit)
    except TimeoutError as error:
        message = t("the body did not come in time")
        raise ApiError(408, message, code="request_timeout") from error
    asked = parse_request(kind, bytes(body))
    request.state.asked = asked
    return asked


def _too_long(limit: int) -> ApiError:
    return ApiError(
        413, t("the body is longer than {limit:,} bytes", limit=limit), code="body_too_long"
    )
