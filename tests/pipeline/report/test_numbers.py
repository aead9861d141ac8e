"""Numbers as people read them, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from yanmo.core.page.speaking import speaking
from yanmo.pipeline.report.numbers import (
    day,
    duration,
    exact,
    figure,
    power_of_ten,
    share,
    short,
    size,
)


@pytest.mark.parametrize(
    ("write", "value", "english", "chinese"),
    [
        (exact, 12_345.4, "12,345", "12,345"),
        (short, 99_999, "99,999", "99,999"),
        (short, 1_234_567, "1.23M", "123 万"),
        (short, 2_904_576, "2.90M", "290 万"),
        (short, 320_000_000, "320M", "3.20 亿"),
        (short, 7.5e12, "7.50T", "7.50 万亿"),
        (size, 999, "999 B", "999 B"),
        (size, 1_500_000, "1.50 MB", "1.50 MB"),
        (share, 0.0, "0%", "0%"),
        (share, 0.0004, "<0.1%", "<0.1%"),
        (share, 0.0213, "2.1%", "2.1%"),
        (share, 0.191, "19%", "19%"),
        (share, 1.0, "100%", "100%"),
        (share, 0.9996, ">99%", ">99%"),
        (figure, 1.03124, "1.031", "1.031"),
        (figure, 0.0, "0", "0"),
        (figure, 12345.6, "12,346", "12,346"),
        (figure, float("inf"), "inf", "inf"),
        (power_of_ten, 3.34e13, "3.34 × 10¹³", "3.34 × 10¹³"),
        (duration, 0.05, "50 ms", "50 毫秒"),
        (duration, 3.21, "3.2 s", "3.2 秒"),
        (duration, 59.7, "1 min 0 s", "1 分 0 秒"),
        (duration, 412, "6 min 52 s", "6 分 52 秒"),
        (duration, 7_380, "2 h 3 min", "2 小时 3 分"),
        (duration, 400_000, "4 d 15 h", "4 天 15 小时"),
        (day, "2026-01-02T03:04:05+00:00", "2026-01-02 03:04 UTC", "2026-01-02 03:04 UTC"),
        (day, "yesterday", "yesterday", "yesterday"),
    ],
)
def test_numbers_read_well(
    write: Callable[[object], str], value: object, english: str, chinese: str
) -> None:
    with speaking("en"):
        assert write(value) == english
    with speaking("zh"):
        assert write(value) == chinese
