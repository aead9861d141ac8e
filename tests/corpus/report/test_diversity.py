"""The diversity score falls with repetition and rises with variety."""

from __future__ import annotations

from typing import Any

import pytest
from tests.corpus.report.small_corpus import count, make_batch


def _diversity(*parts: tuple[list[str], str, str], times: int = 1) -> dict[str, Any]:
    batches = [make_batch(texts, source, language) for texts, source, language in parts]
    report: dict[str, Any] = count(batches * times).as_report()["diversity"]
    return report


def test_a_corpus_ten_times_over_scores_a_tenth(english: list[str], chinese: list[str]) -> None:
    for part in ((english, "c4", "en"), (chinese, "clue", "zh")):
        once, ten_times = _diversity(part), _diversity(part, times=10)
        assert 0.3 < once["score"] < 1
        assert ten_times["score"] == pytest.approx(once["score"] / 10, rel=0.05)
        assert ten_times["distinct_words"] == once["distinct_words"]


def test_copies_with_small_changes_lower_the_score(english: list[str]) -> None:
    changed = [text + f" (copy {n})" for n in range(5) for text in english]
    once, copied = _diversity((english, "c4", "en")), _diversity((changed, "c4", "en"))
    assert copied["score"] < 0.4 * once["score"]


def test_a_template_is_less_varied_than_prose(english: list[str]) -> None:
    pages = [
        f"Product {n} is in stock. Order product {n} today and pay {n % 90} euros; product {n} "
        "ships to all countries within three days." + " Read more about our products." * 20
        for n in range(3000)
    ]
    prose, template = _diversity((english, "c4", "en")), _diversity((pages, "shop", "en"))
    assert template["score"] < 0.5 * prose["score"]
    assert template["sample"]["compression_ratio"] > 2 * prose["sample"]["compression_ratio"]


def test_two_languages_are_more_varied_than_one(english: list[str], chinese: list[str]) -> None:
    one = _diversity((english, "c4", "en"))
    both = _diversity((english, "c4", "en"), (chinese, "clue", "zh"))
    assert one["variety"]["spread"] == 0
    assert both["variety"]["spread"] > 0.4
    assert both["score"] > one["score"]
    assert both["effective_number"]["languages"] > 1.5


def test_every_part_lies_between_0_and_1(english: list[str]) -> None:
    for texts in (["a"], ["a a a a", "a"], ["研"], ["?!"], english[:1], english):
        report = _diversity((texts, "x", "en"))
        if not report:
            assert texts == ["?!"] or len(texts[0]) < 20  # too short: not kept
            continue
        for value in (report["score"], report["novelty"], *report["variety"].values()):
            assert 0 <= value <= 1


def test_growth_and_entropy_are_those_of_the_sample() -> None:
    words = [f"w{n}" for n in range(5000)]
    report = _diversity(([" ".join(words)], "x", "en"))
    growth = report["sample"]["vocabulary_growth"]
    shown = report["sample"]["words"]  # of a long document the beginning
    assert growth["words"] == growth["distinct"] == [n for n in (1024,) if n < shown] + [shown]
    assert report["variety"]["vocabulary"] == 1
    assert report["variety"]["entropy"] == pytest.approx(1)
