"""The built front end: its files, and its one page for every address that is no file.

Knows paths and nothing of what the pages show. Where nothing is built, it says how to build it.
"""

from __future__ import annotations

import html
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from yanmo.core.messages import t
from yanmo.studio.settings import StudioSettings

ASSETS = "assets"
"""Its files are named after their content, so a browser may keep them for ever."""
_FOREVER = "public, max-age=31536000, immutable"


def how_to_build() -> str:
    """What to do where there is no front end, as the command line and the page say it."""
    return t(
        "The studio's pages are not built. With Node.js 20 or later: `make studio` in the"
        " repository; packages from the index have them built."
    )


def router_of(settings: StudioSettings) -> APIRouter:
    """Everything that is not below /api."""
    router = APIRouter(include_in_schema=False)
    root = settings.static.resolve()

    @router.get("/{path:path}")
    def serve(path: str) -> Response:
        """A file of the front end, or its page."""
        if path == "api" or path.startswith("api/"):
            return PlainTextResponse(t("there is no such address"), 404)
        file = _file_below(root, path)
        if file is not None:
            is_asset = path.startswith(f"{ASSETS}/")
            cache = _FOREVER if is_asset else "no-cache"
            return FileResponse(file, headers={"Cache-Control": cache})
        if path.startswith(f"{ASSETS}/"):
            return PlainTextResponse(t("there is no such address"), 404)
        if not settings.is_built:
            return HTMLResponse(f"<!doctype html><p>{html.escape(how_to_build())}</p>", 503)
        return FileResponse(root / "index.html", headers={"Cache-Control": "no-cache"})

    return router


def _file_below(root: Path, path: str) -> Path | None:
    if not path or "\0" in path:
        return None
    file = (root / path).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None
