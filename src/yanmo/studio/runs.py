"""The page Runs: its part of the API."""

from __future__ import annotations

from fastapi import APIRouter

from yanmo.studio.settings import StudioSettings


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    return APIRouter(prefix="/api", tags=["runs"])
