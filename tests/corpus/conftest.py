"""Fixtures of the corpus tests: Chinese poems as files, and a quiet console."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from yanmo.core.console import Console


@pytest.fixture
def console() -> Console:
    """A console that writes into memory."""
    return Console(io.StringIO())


@pytest.fixture(scope="session")
def poetry_dir(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection of Chinese classics, unpacked."""
    archive = shared_data / "text" / "chinese-poetry" / "chinese-poetry-classics.tar.gz"
    folder = tmp_path_factory.mktemp("poetry")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="session")
def poems(poetry_dir: Path) -> str:
    """Some hundred Song poems as one text."""
    records = json.loads((poetry_dir / "宋词" / "ci.song.0.json").read_text(encoding="utf-8"))
    return "\n\n".join("\n".join(record["paragraphs"]) for record in records[:300])
