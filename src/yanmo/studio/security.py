"""Who may ask the studio: those with its token, from its own pages, by its own name.

In: every HTTP request. Out: the same request, or a refusal. A page of another site can neither
read nor change anything, even in the same browser: the cookie stays at home (SameSite=Strict),
names that were bent to this address are refused (Host), and so are changes that another page asks
for (Origin, Sec-Fetch-Site). Knows nothing of what is asked for.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yanmo.core.messages import t
from yanmo.studio.settings import StudioSettings

TOKEN_PARAMETER = "token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE_AGE_S = 30 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_Answer = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """ASGI middleware: lets through what may pass, and marks every answer with our headers."""

    def __init__(self, app: ASGIApp, settings: StudioSettings) -> None:
        self._app = app
        self._token = settings.token
        self._host = settings.host
        self._cookie = f"yanmo_studio_{settings.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        answer = self._refusal(scope) or self._sign_in(scope) or self._app

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await answer(scope, receive, send_marked)

    def _refusal(self, scope: Scope) -> _Answer | None:
        headers = Headers(scope=scope)
        if not self._is_our_name(headers.get("host", "")):
            return PlainTextResponse(t("this name does not belong to the studio"), 421)
        if not self._is_our_page(scope["method"], headers):
            return _failure(403, t("another site may not use the studio"))
        return None

    def _sign_in(self, scope: Scope) -> _Answer | None:
        """None where the request has the token; else a refusal, or the cookie where the address
        has the token."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get(TOKEN_PARAMETER)
        if given is not None and self._is_token(given) and scope["method"] in _READING:
            rest = urlencode([pair for pair in query if pair[0] != TOKEN_PARAMETER])
            # One slash: two would name another server.
            path = "/" + scope["path"].lstrip("/")
            response: Response = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
            response.set_cookie(
                self._cookie,
                self._token,
                max_age=_COOKIE_AGE_S,
                httponly=True,
                samesite="strict",
            )
            return response
        if self._is_signed_in(Headers(scope=scope)):
            return None
        message = t("open the address that `yanmo studio` printed: it carries the token")
        if scope["path"].startswith("/api"):
            return _failure(401, message)
        return PlainTextResponse(message, 401)

    def _is_signed_in(self, headers: Headers) -> bool:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(bearer.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and self._is_token(cookie.value)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _is_our_name(self, host: str) -> bool:
        """An address in figures, this machine, or the name that was asked for with --host: names
        that somebody else's server could answer for are none of these."""
        name = urlsplit(f"//{host}").hostname or ""
        if name in ("localhost", self._host.lower()):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_our_page(self, method: str, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site", "same-origin")
        if method in _READING:
            # A link from elsewhere may open the studio; the cookie does not come with it.
            return site != "cross-site" or headers.get("sec-fetch-mode") == "navigate"
        if site not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _failure(status: int, what: str) -> Response:
    return JSONResponse({"error": {"what": what}}, status)
