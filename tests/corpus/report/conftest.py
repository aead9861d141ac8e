"""Real texts in two languages, and the report of a corpus of both."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.report.small_corpus import count, make_batch


@pytest.fixture(scope="session")
def english(shared_data: Path) -> list[str]:
    """300 web pages."""
    path = shared_data / "text" / "c4-demo" / "c4_demo.jsonl"
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def chinese(shared_data: Path) -> list[str]:
    """2,500 paragraphs of the web."""
    folder = shared_data / "text" / "clue-corpus-small"
    with gzip.open(folder / "CLUECorpusSmall_sampled.txt.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()][:2500]


MAIL = "mail somebody@example.org or else@example.org now"


@pytest.fixture(scope="session")
def report_of_two(english: list[str], chinese: list[str]) -> dict[str, Any]:
    """The report of a corpus of both languages."""
    return count(
        [
            make_batch(english, "c4", "en", "web"),
            make_batch([*chinese, "短", MAIL], "clue", "zh"),
        ]
    ).as_report()
