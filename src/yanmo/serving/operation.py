"""How the server is: `/health`, `/metrics`, `/version`, and what it serves: `/v1/models`."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

import yanmo
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import not_ready
from yanmo.serving.serving_state import state_of


async def tell_health(request: Request) -> Response:
    """200 where requests are taken; 503 while models are loaded, and before the end."""
    models = state_of(request).models
    if models.state != "ready":
        raise not_ready(models.why_not_ready())
    return json_response({"status": "ok"})


async def tell_metrics(request: Request) -> Response:
    """Counters and times, for Prometheus."""
    page = state_of(request).metrics.page()
    return Response(page, media_type=CONTENT_TYPE_LATEST)


async def tell_version(_request: Request) -> Response:
    """The version of yanmo."""
    return json_response({"version": yanmo.__version__})


async def list_models(request: Request) -> Response:
    """All models."""
    models = state_of(request).models
    if models.state != "ready":
        raise not_ready(models.why_not_ready())
    return json_response({"object": "list", "data": [model.told() for model in models.all()]})


async def tell_model(request: Request) -> Response:
    """One model."""
    return json_response(state_of(request).models.get(request.path_params["model"]).told())
