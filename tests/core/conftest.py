"""Fixtures of the core tests: the language of messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(autouse=True)
def _english(speak: Callable[[str], None]) -> None:
    """Tests read English unless they say otherwise."""
    speak("en")
