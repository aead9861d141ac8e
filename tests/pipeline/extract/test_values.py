"""Numbers and dates as they stand in texts of two languages."""

from __future__ import annotations

import pytest

from yanmo.pipeline.extract.values import date_of, number_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567 people", 1234567),
        ("约１２３人", 123),
        ("-12.5", -12.5),
        ("12.5%", 0.125),
        ("1.1万", 11000),
        ("3亿元", 300_000_000),
        ("2.5 million", 2_500_000),
        ("三百二十名", 320),
        ("十二", 12),
        ("一万零五", 10005),
        ("两千万", 20_000_000),
        ("负三点一四", -3.14),
        ("二〇二四", 2024),
    ],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert number_of(text) == number
    assert type(number_of(text)) is type(number)


@pytest.mark.parametrize("text", ["", "none", "3 of 5", "没有", "三或五"])
def test_no_number_or_several_are_none(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1966年3月出生", "1966-03"),
        ("于2020年1月2日签订", "2020-01-02"),
        ("二〇二〇年十二月三十一日", "2020-12-31"),
        ("1985年", "1985"),
        ("2024-02-29", "2024-02-29"),
        ("2024/3/9 10:00", "2024-03-09"),
        ("January 2, 2020", "2020-01-02"),
        ("on 3rd Sept. 1999", "1999-09-03"),
        ("in May 1968", "1968-05"),
        ("in 1968", "1968"),
    ],
)
def test_a_date_is_written_one_way(text: str, date: str) -> None:
    assert date_of(text) == date


@pytest.mark.parametrize("text", ["2023-02-29", "2020年13月", "no date", "12345678"])
def test_what_is_in_no_calendar_is_none(text: str) -> None:
    assert date_of(text) is None
