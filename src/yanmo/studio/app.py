"""The studio's server: the routers of its pages, its front end, and who may ask.

In: settings. Out: an ASGI application. Run directories are its only database: it may be stopped
and started again at any time, and shows the same.
"""

from __future__ import annotations

from importlib import import_module

from fastapi import FastAPI

from yanmo.studio import static
from yanmo.studio.failures import add_failures
from yanmo.studio.security import Gate
from yanmo.studio.settings import StudioSettings
from yanmo.studio.speech import PageLanguage

PAGES = ("runs", "run", "new", "data", "tokenizer", "chat", "explain", "evaluate")
"""Modules of this package, each with `router_of(settings)`."""


def build_studio(settings: StudioSettings) -> FastAPI:
    """The application."""
    app = FastAPI(title="yanmo studio", docs_url=None, redoc_url=None, openapi_url=None)
    add_failures(app)
    for page in PAGES:
        app.include_router(import_module(f"yanmo.studio.{page}").router_of(settings))
    app.include_router(static.router_of(settings))
    app.add_middleware(PageLanguage)
    app.add_middleware(Gate, settings=settings)
    return app
