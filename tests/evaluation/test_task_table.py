"""The report of a task in the terminal says what was measured, in columns, in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.pipeline.report.fixture_tasks import write_task

from yanmo.core.page.speaking import speaking
from yanmo.core.text_width import cell_width
from yanmo.evaluation.task_report import Comparison
from yanmo.evaluation.task_table import format_task_report, verdict_sentence


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "reviews, test split: 240 items",
                "model is better than majority class: accuracy +0.",
                "typing errors",
                "change at 30%",
                "items at every strength; the interval of the change is of 95%",
                "turn wrong by at most 3 edited characters",
                "17 of 240 items stand in corpus",
            ],
        ),
        (
            "zh",
            [
                "影评，测试集：240 条",
                "模型优于最常见的类",
                "形近汉字",
                "30% 时的变化",
                "就会判错",
                "240 条中有 17 条",
            ],
        ),
    ],
)
def test_the_table_says_what_was_measured(
    tmp_path: Path, language: str, expected: list[str]
) -> None:
    report = write_task(tmp_path, language)  # type: ignore[arg-type]
    with speaking(language):
        text = format_task_report(report)
    for words in expected:
        assert words in text, words
    for scores in report.scores:
        for figure in scores.figures:
            assert f"{figure.value:.4f} [" in text
    table = text.splitlines()[2:6]
    assert len({cell_width(line) for line in table}) == 1, "columns line up"
    assert report.robustness is not None
    for point in report.robustness.curves[0].points:
        assert f"{point.figure.value:.4f}" in text


def test_a_report_of_one_figure_is_short(tmp_path: Path) -> None:
    report = write_task(tmp_path)
    plain = replace(report, comparisons=(), robustness=None, contamination=None)
    assert len(format_task_report(plain).splitlines()) == 6


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("better", "is better than"), ("worse", "is worse than"), ("no difference", "no certain")],
)
def test_a_verdict_is_said_with_its_certainty(outcome: str, words: str) -> None:
    comparison = Comparison(
        "accuracy", "model", "TF-IDF", -0.02, (-0.05, 0.01), 0.2, "exact McNemar", outcome  # type: ignore[arg-type]
    )  # fmt: skip
    sentence = verdict_sentence(comparison)
    assert words in sentence and "p = 0.200" in sentence and "−0.050 to +0.010" in sentence
    assert "p < 0.001" in verdict_sentence(replace(comparison, p_value=0.0))
    assert "95%" not in verdict_sentence(replace(comparison, interval=None))
