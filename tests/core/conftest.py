"""Fixtures of the core tests: the language of messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from yanmo.core.messages import language


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A function that sets the language of messages for the test."""

    def set_language(name: str) -> None:
        monkeypatch.setenv("YANMO_LANG", name)
        language.cache_clear()

    yield set_language
    monkeypatch.undo()
    language.cache_clear()


@pytest.fixture(autouse=True)
def _english(speak: Callable[[str], None]) -> None:
    """Tests read English unless they say otherwise."""
    speak("en")
