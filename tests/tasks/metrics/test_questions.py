"""Answers are compared as SQuAD and CMRC 2018 do, worked by hand."""

from __future__ import annotations

import pytest

from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.questions import (
    longest_common_run,
    question_metrics,
    squad_words,
    word_f1,
)


def figures(language: str, answers: tuple[str, ...], predicted: str) -> dict[str, float]:
    return {
        metric.name: measure(metric, [answers], [predicted])
        for metric in question_metrics(language)
    }


def test_articles_case_and_marks_do_not_count_in_english() -> None:
    assert squad_words("The Broncos' (24-10) win, a rout!") == ["broncos", "2410", "win", "rout"]
    assert figures("en", ("the Denver Broncos",), "Denver Broncos!") == {"f1": 1, "exact_match": 1}


def test_english_f1_worked_by_hand() -> None:
    # Shared: denver, broncos; 2/3 of what is said, 2/2 of what is right.
    assert word_f1("Denver Broncos", "Denver Broncos team") == pytest.approx(0.8)
    assert figures("en", ("Paris", "Denver Broncos"), "Denver Broncos team") == {
        "f1": pytest.approx(0.8),
        "exact_match": 0,
    }


def test_no_answer_is_right_only_where_there_is_none() -> None:
    for language in ("en", "zh"):
        assert set(figures(language, (), "").values()) == {1.0}
        assert set(figures(language, (), "42").values()) == {0.0}
        assert set(figures(language, ("42",), "").values()) == {0.0}


def test_an_answer_of_nothing_but_articles_does_not_divide_by_zero() -> None:
    assert figures("en", ("the",), "a") == {"f1": 1, "exact_match": 1}
    assert figures("en", ("the",), "cat") == {"f1": 0, "exact_match": 0}


def test_chinese_f1_worked_by_hand() -> None:
    # The longest run that both share is 北京大 (3); 4 and 5 characters.
    found = figures("zh", ("北京大学",), "北京大的学")
    assert found["f1"] == pytest.approx(2 * 3 / (4 + 5))
    assert found["f1_bag"] == pytest.approx(2 * 4 / (4 + 5))
    assert found["exact_match"] == 0
    assert figures("zh", ("《红楼梦》",), "红楼梦。")["exact_match"] == 1
    # Words of Latin letters and numbers stay whole: 1998 年 against 1999 年.
    assert figures("zh", ("1998年",), "1999年")["f1"] == pytest.approx(0.5)


def test_longest_common_run() -> None:
    assert longest_common_run("abcde", "xbcdy") == 3
    assert longest_common_run("", "abc") == 0
    assert longest_common_run("abc", "acb") == 1
