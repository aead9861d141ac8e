"""Who is let in, under which name a request goes into the log, and what is said to web pages.

In: requests as ASGI has them. Out: the same, with a request id; or an answer that says why not.
Knows nothing of models.
"""

from __future__ import annotations

import hmac
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yanmo.core.messages import speaking, t
from yanmo.serving.access_log import write_access
from yanmo.serving.answers import error_response
from yanmo.serving.api_error import ApiError
from yanmo.serving.config import LOOPBACK
from yanmo.serving.event_stream import CLIENT_CLOSED
from yanmo.serving.serving_state import ServingState

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_OPEN_TO_ALL = frozenset({"/health"})
METHODS = "GET, POST, OPTIONS"
PREFLIGHT_S = 600


class Gate:
    """Stands before the routes.

    Args:
        app: what is behind.
        state: of the server.
    """

    def __init__(self, app: ASGIApp, state: ServingState) -> None:
        self._app = app
        self._state = state
        key = state.settings.api_key
        self._key = None if key is None else key.get_secret_value().encode("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        began_at = time.monotonic()
        status = CLIENT_CLOSED
        scope.setdefault("state", {})

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = MutableHeaders(scope=message)
                own["X-Request-Id"] = request_id
                self._allow_origin(headers.get("origin"), own)
            await send(message)

        self._state.num_active += 1
        try:
            with speaking(_language_of(headers)):
                await self._let_in(scope, receive, told, headers)
        finally:
            self._state.num_active -= 1
            path = _route_of(scope)
            self._state.metrics.http.labels(path, str(status)).inc()
            settings = self._state.settings
            if settings.log_requests:
                asked = scope["state"].get("asked") if settings.log_prompts else None
                write_access(scope, path, status, time.monotonic() - began_at, request_id, asked)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        try:
            if self._is_preflight(scope, headers):
                await _answer_preflight(scope, receive, send)
            else:
                self._check(scope, headers)
                await self._app(scope, receive, send)
        except ApiError as error:
            await error_response(error)(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        if scope["path"] in _OPEN_TO_ALL:
            return
        if self._key is not None:
            self._check_key(headers)
        elif not self._state.settings.is_exposed:
            self._check_host(headers)

    def _check_key(self, headers: Headers) -> None:
        assert self._key is not None, "checked by who calls"
        scheme, _, given = headers.get("authorization", "").partition(" ")
        own = given.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
        if not hmac.compare_digest(own, self._key):
            raise ApiError(
                401,
                t("the API key is missing or wrong: send the header Authorization: Bearer KEY"),
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _check_host(self, headers: Headers) -> None:
        """A web page of a stranger can have its own name lead to this machine; the browser then
        thinks that the page may read our answers. It still tells the name."""
        host = headers.get("host", "")
        name = re.sub(r":\d*$", "", host).strip("[]").lower()
        if name not in (*LOOPBACK, *self._state.settings.allow_hosts):
            raise ApiError(
                403,
                t("this server is not called '{name}'; see --allow-host", name=name[:200]),
                code="unknown_host",
            )

    def _allow_origin(self, origin: str | None, headers: MutableHeaders) -> None:
        allowed = self._state.settings.allow_origins
        if origin is not None and (origin in allowed or "*" in allowed):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
            headers.add_vary_header("Origin")

    def _is_preflight(self, scope: Scope, headers: Headers) -> bool:
        allowed = self._state.settings.allow_origins
        origin = headers.get("origin")
        asks = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        return asks and origin is not None and (origin in allowed or "*" in allowed)


async def _answer_preflight(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Request-Id",
        "Access-Control-Max-Age": str(PREFLIGHT_S),
    }
    await Response(status_code=204, headers=headers)(scope, receive, send)


def _language_of(headers: Headers) -> str | None:
    """The language that a client asks for; None, where it asks for neither, is the server's own."""
    wanted = headers.get("accept-language", "").strip().lower()
    return wanted[:2] if wanted[:2] in ("en", "zh") else None


def _route_of(scope: Scope) -> str:
    """The route that answered, of which there are few; `other` where there was none."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))
