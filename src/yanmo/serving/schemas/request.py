"""What all requests have in common: strict types, known names, and a model.

Comes in: JSON. Goes out: a request, or an `ApiError` that names the parameter, and the nearest
right one. Knows nothing of HTTP.
"""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from pydantic import ConfigDict, ValidationError

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.core.recipe_problems import dotted, problems_of
from yanmo.serving.api_error import ApiError, bad_request

MAX_NAME = 512


class ApiRequest(Config):
    """A request for one of the models."""

    model_config = ConfigDict(strict=True)

    model: str | None = None
    """Name of the model; may be left out where one model is served."""


Asked = TypeVar("Asked", bound=ApiRequest)


def parse_request(kind: type[Asked], body: bytes) -> Asked:
    """The request in a body.

    Raises:
        ApiError: it is no JSON object, or has a parameter that is not known or wrong.
    """
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(t("the body is not JSON"), code="invalid_json") from error
    if not isinstance(values, dict):
        raise bad_request(t("the body is not a JSON object"), code="invalid_json")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error, kind, values) from error


def _refusal(error: ValidationError, kind: type[ApiRequest], values: dict[str, Any]) -> ApiError:
    problems = problems_of(error, kind, values)
    is_unknown = error.errors(include_url=False, include_input=False)[0]["type"]
    return bad_request(
        "; ".join(problem.message for problem in problems[:8]).replace('"none"', "null"),
        param=dotted(problems[0].path)[:MAX_NAME] or None,
        code="unknown_parameter" if is_unknown == "extra_forbidden" else None,
    )
