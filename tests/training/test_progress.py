"""Spans of time are told in the reader's units, the two largest that matter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from yanmo.training.progress import format_duration


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (41.6, "42s", "42 秒"),
        (185, "3m 05s", "3 分 05 秒"),
        (7623, "2h 07m", "2 小时 07 分"),
    ],
)
def test_a_span_has_the_units_of_the_reader(
    speak: Callable[[str], None], seconds: float, english: str, chinese: str
) -> None:
    speak("en")
    assert format_duration(seconds) == english
    speak("zh")
    assert format_duration(seconds) == chinese
