"""Planted and real junk is found in both languages, and good text is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from yanmo.corpus.rules.config import RulesConfig

BENCH = Path(__file__).resolve().parents[3] / "bench"


@pytest.fixture(scope="module")
def labelled(shared_data: Path) -> Iterator[ModuleType]:
    """The benchmark that makes labelled sets, smaller ones than it prints."""
    sys.path.insert(0, str(BENCH))
    try:
        import corpus_rules_quality

        corpus_rules_quality.NUM_PER_KIND = 40
        corpus_rules_quality.MAX_GOOD = 600
        yield corpus_rules_quality
    finally:
        sys.path.remove(str(BENCH))


@pytest.fixture(scope="module")
def chinese(labelled: ModuleType) -> list[Any]:
    """The Chinese set."""
    return list(labelled.chinese_set())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_recall_of_junk_is_at_least_95_percent(
    labelled: ModuleType, chinese: list[Any], language: str
) -> None:
    documents = labelled.english_set() if language == "en" else chinese
    found = labelled.score(documents, language, RulesConfig(preset="bilingual"))
    assert found.recall >= 0.95
    assert min(found.recall_of_kind.values()) >= 0.9
    assert found.false_positive_rate <= (0.2 if language == "en" else 0.06)


def test_chinese_rules_keep_what_english_rules_lose(
    labelled: ModuleType, chinese: list[Any]
) -> None:
    english = labelled.score(chinese, "zh", RulesConfig(preset="fineweb"))
    own = labelled.score(chinese, "zh", RulesConfig(preset="bilingual"))
    assert english.false_positive_rate > 0.95
    assert own.precision > english.precision + 0.5
