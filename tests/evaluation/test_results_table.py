"""The table lines up in English and in Chinese, and says what is certain."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from yanmo.core import messages
from yanmo.evaluation.results_table import format_results


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("YANMO_LANG", request.param)
    messages.language_of_environment.cache_clear()
    yield request.param
    messages.language_of_environment.cache_clear()


def make_report(interval: list[float] | None = None, difference: float = -0.25) -> dict[str, Any]:
    figures = {"perplexity": 20.0855, "top1": 0.345, "top5": 0.6, "bits_per_byte": 1.25}
    model = {"loss": 3.0, "bits_per_byte_interval": [1.2, 1.31], **figures}
    return {
        "split": "test",
        "documents": 12,
        "tokens": 50_123,
        "bytes": 200_456,
        "context_tokens": 256,
        "stride_tokens": 128,
        "models": [
            {"name": "砚墨 small", "kind": "neural", **model},
            {"name": "kneser_ney_4", "kind": "ngram", **model, "perplexity": 12345.678},
        ],
        "differences": [
            {
                "model": "砚墨 small",
                "baseline": "kneser_ney_4",
                "bits_per_byte": difference,
                "bits_per_byte_interval": interval,
            }
        ],
    }


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_rows_fill_the_same_number_of_cells(language: str) -> None:
    lines = format_results(make_report()).splitlines()
    table = lines[2:5]
    assert len({width(line) for line in table}) == 1
    assert "12,345.68" in table[2]
    assert "[1.2000, 1.3100]" in table[1]
    assert "34.5%" in table[1]
    assert lines[0].count("50,123") == 1


def test_words_are_in_the_language_of_the_reader(language: str) -> None:
    text = format_results(make_report([-0.3, -0.2]))
    words = {
        "en": ["perplexity", "bits per byte", "better than"],
        "zh": ["困惑度", "优于", "测试集"],
    }
    assert all(word in text for word in words[language])
    assert not any(word in text for other in words if other != language for word in words[other])


@pytest.mark.parametrize(
    ("interval", "difference", "verdict"),
    [
        ([-0.3, -0.2], -0.25, "is better than"),
        ([0.2, 0.3], 0.25, "is worse than"),
        ([-0.3, 0.1], -0.25, "no certain difference"),
        (None, -0.25, "no certain difference"),
    ],
)
def test_verdict_follows_the_interval(
    interval: list[float] | None,
    difference: float,
    verdict: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YANMO_LANG", "en")
    messages.language_of_environment.cache_clear()
    try:
        last_line = format_results(make_report(interval, difference)).splitlines()[-1]
    finally:
        messages.language_of_environment.cache_clear()
    assert verdict in last_line
    assert f"{difference:+.4f}" in last_line


def test_report_without_baseline_ends_with_the_table() -> None:
    report = make_report() | {"differences": []}
    assert "kneser_ney_4" in format_results(report).splitlines()[-1]


def objective_report() -> dict[str, Any]:
    """What is measured of a model that gives no probability to a whole text."""
    figures = {"loss": 3.0, "perplexity": 20.0855, "top1": 0.345}
    return {
        "split": "validation",
        "objective": "blank_infilling",
        "documents": 12,
        "tokens": 50_123,
        "bytes": 200_456,
        "targets": 7_000,
        "models": [{"name": "glm", "kind": "neural", **figures}],
        "differences": [],
    }


def test_figures_that_nobody_measured_have_no_column(language: str) -> None:
    text = format_results(objective_report())
    summary, _, header, row = text.splitlines()
    assert "50,123" in summary and "blank_infilling" in summary
    assert "None" not in text and "-" not in row
    assert row.split() == ["glm", "3.0000", "20.09", "34.5%"]
    assert width(header) == width(row)
    absent = {
        "en": ["bits per byte", "interval", "top 5", "context", "stride"],
        "zh": ["比特", "区间", "上下文", "步长"],
    }
    assert not any(word in text for word in absent[language])
    assert {"en": "objective", "zh": "训练目标"}[language] in summary


def test_a_figure_that_one_model_lacks_is_a_dash() -> None:
    report = make_report() | {"differences": []}
    del report["models"][1]["top5"]
    lines = format_results(report).splitlines()
    assert lines[3].endswith("60.0%")
    assert lines[4].endswith("-")
