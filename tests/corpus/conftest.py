"""Fixtures of the corpus tests: a quiet console."""

from __future__ import annotations

import io

import pytest

from yanmo.core.console import Console


@pytest.fixture
def console() -> Console:
    """A console that writes into memory."""
    return Console(io.StringIO())
