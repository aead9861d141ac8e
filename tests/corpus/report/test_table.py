"""The table for the terminal: complete, aligned, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.core.page.speaking import speaking
from yanmo.core.text_width import cell_width
from yanmo.corpus.report.columns import align, figure_text, share_text, size_text, sparkline
from yanmo.corpus.report.table import format_report


def test_every_part_is_there(report_of_two: dict[str, Any]) -> None:
    with speaking("en"):
        text = format_report(report_of_two, {"source": {"c4": 12345}, "split": {"train": 777}})
    for expected in (
        "2,399 of 2,802 documents kept (85.6%): 2.67 MB, 1,413,592 characters",
        "By source",
        "By language",
        "email 19",
        "too_short",
        "score (0 to 1)",
        "19 in 17 documents, 13.4 per million characters",
        "12,345",
        "777",
        "copies apart, 85.6% of the documents read passed every rule",
    ):
        assert expected in text


def test_it_speaks_chinese(report_of_two: dict[str, Any]) -> None:
    with speaking("zh"):
        text = format_report(report_of_two)
    assert "2,802 篇文档中保留 2,399 篇（85.6%）" in text
    for english in ("documents", "By source", "dropped", "score", "novelty"):
        assert english not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_columns_line_up(report_of_two: dict[str, Any], language: str) -> None:
    with speaking(language):
        lines = format_report(report_of_two).splitlines()
    start = next(i for i, line in enumerate(lines) if line in ("By source", "按来源"))
    block = lines[start + 1 : start + 4]
    assert len({cell_width(line) for line in block}) == 1


def test_the_first_version_of_the_report_is_still_read() -> None:
    amount = {"documents": 3, "bytes": 30, "characters": 30}
    report = {
        "format_version": 1,
        "sources": [{"name": "a", **amount}],
        "read": amount,
        "kept": amount,
        "rejected": amount,
        "reasons": [],
        "changed": [{"step": "clean_text", "documents": 1}],
        "unreadable": [{"file": "x", "offset": 9, "error": "broken"}],
        "unreadable_count": 12,
        "skipped_file_types": {".png": 2},
        "splits": {"train": amount},
    }
    with speaking("en"):
        text = format_report(report)
    assert "x @ 9: broken" in text and "and 7 more" in text and ".png 2" in text


def test_wide_names_are_cut_and_padded_by_cells() -> None:
    lines = align([["研墨" * 40, "1"], ["a", "22"]])
    assert len({cell_width(line) for line in lines}) == 1
    assert "…" in lines[0]


def test_figures_are_short() -> None:
    assert [size_text(n) for n in (0, 999, 1000, 9_995_000, 123_456_789)] == [
        "0 B",
        "999 B",
        "1.00 kB",
        "10.0 MB",
        "123 MB",
    ]
    assert [share_text(x) for x in (0, 1e-6, 0.5, 0.99999, 1, None)] == [
        "0.0%",
        "<0.1%",
        "50.0%",
        ">99.9%",
        "100.0%",
        "-",
    ]
    assert [figure_text(x) for x in (3, 1234.5, 0.12345, 12.345, None)] == [
        "3",
        "1,234",
        "0.123",
        "12.3",
        "-",
    ]
    assert sparkline([0, 1, 7, 0]) == "▂█"
    assert len(sparkline(list(range(1, 100)))) <= 16
