"""Fixtures that several packages' tests share; messages are in English unless a test says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["YANMO_LANG"] = "en"

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data sets beside the repository; skips where it is missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not here: {folder}")
    return folder
