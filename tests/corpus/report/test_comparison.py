"""Two corpora compared: the verdict follows from quantity, quality and diversity."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.corpus.report.small_corpus import count, make_batch

from yanmo.core.page.speaking import speaking
from yanmo.corpus.report.comparison import compare_corpora, format_comparison


@pytest.fixture(autouse=True)
def _english() -> Any:
    with speaking("en"):
        yield


@pytest.fixture(scope="module")
def reports(english: list[str], chinese: list[str]) -> dict[str, dict[str, Any]]:
    """Corpora of known differences."""
    bad = [f"{n} bad" for n in range(300)]
    return {
        "all": count([make_batch(english, "c4", "en")]).as_report(),
        "half": count([make_batch(english[:150], "c4", "en")]).as_report(),
        "ten_times": count([make_batch(english, "c4", "en")] * 10).as_report(),
        "dirty": count([make_batch([*english, *bad], "c4", "en")]).as_report(),
        "chinese": count([make_batch(chinese, "clue", "zh")]).as_report(),
    }


def test_more_of_the_same_kind_is_better(reports: dict[str, Any]) -> None:
    comparison = compare_corpora(reports["half"], reports["all"], ("half", "all"))
    assert comparison.better == "b"
    assert comparison.verdict.startswith("Take all: ")
    assert any(reason.startswith("Quantity: all has 2.") for reason in comparison.reasons)
    assert compare_corpora(reports["all"], reports["half"], ("x", "y")).better == "a"


def test_ten_copies_are_not_better_than_one(reports: dict[str, Any]) -> None:
    comparison = compare_corpora(reports["all"], reports["ten_times"], ("one", "ten"))
    assert comparison.better == "a"
    assert "smaller" in comparison.verdict
    assert any("of ten repeats what it says elsewhere" in r for r in comparison.reasons)
    novel = comparison.row("novel_bytes")
    assert novel.ratio == pytest.approx(1, rel=0.05)


def test_quality_counts(reports: dict[str, Any]) -> None:
    comparison = compare_corpora(reports["all"], reports["dirty"], ("clean", "dirty"))
    assert comparison.better == "a"
    assert any(r.startswith("Quality: of clean 100.0% passed") for r in comparison.reasons)


def test_a_corpus_beside_itself_makes_no_difference(reports: dict[str, Any]) -> None:
    comparison = compare_corpora(reports["all"], reports["all"])
    assert comparison.better is None
    assert comparison.reasons == ()
    assert "no clear difference" in comparison.verdict


def test_other_languages_are_pointed_out(reports: dict[str, Any]) -> None:
    comparison = compare_corpora(reports["all"], reports["chinese"])
    assert any("Their languages differ (overlap 0.0%)" in r for r in comparison.reasons)


def test_a_report_without_diversity_gives_no_verdict(reports: dict[str, Any]) -> None:
    comparison = compare_corpora({**reports["all"], "diversity": {}}, reports["half"])
    assert comparison.better is None
    assert "lacks quality or diversity" in comparison.verdict


def test_an_empty_corpus_loses(reports: dict[str, Any]) -> None:
    empty = count([make_batch(["x", "y"])]).as_report()
    text = format_comparison(compare_corpora(empty, reports["all"], ("empty", "all")))
    assert "inf" not in text and "nan" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_comparison_is_printed(reports: dict[str, Any], language: str) -> None:
    with speaking(language):
        comparison = compare_corpora(reports["half"], reports["ten_times"], ("A", "B"))
        text = format_comparison(comparison)
    assert comparison.verdict in text
    assert ("Quantity" in text) == (language == "en")
    values = json.loads(json.dumps(comparison.as_json(), allow_nan=False))
    assert values["better"] == comparison.better
    assert {row["name"] for row in values["rows"]} >= {"bytes", "novelty", "worth"}
