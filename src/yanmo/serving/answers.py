"""Answers as JSON, written by one encoder."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from yanmo.serving.api_error import ApiError


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """`content` as the body of an answer."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, headers, media_type="application/json")


def error_response(error: ApiError) -> Response:
    """An error as the body of an answer."""
    return json_response(error.body, error.status, error.headers)
