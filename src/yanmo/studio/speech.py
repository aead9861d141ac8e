"""Answers in the language of the page that asks, whatever the language of the server's terminal."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from yanmo.core.messages import speaking


class PageLanguage:
    """ASGI middleware: what is said while a request is answered is in its `Accept-Language`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        wanted = Headers(scope=scope).get("accept-language", "") if scope["type"] == "http" else ""
        if not wanted:
            await self._app(scope, receive, send)
            return
        with speaking("zh" if wanted.lower().startswith("zh") else "en"):
            await self._app(scope, receive, send)
