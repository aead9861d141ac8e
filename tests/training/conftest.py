"""Tokens that are small enough to train on in a second."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.training.small_job import load_data, write_tokens

from yanmo.training.data import TrainingData


@pytest.fixture
def data(tmp_path: Path) -> TrainingData:
    """Two splits of documents, packed into rows."""
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    write_tokens(tokens)
    return load_data(tokens)
