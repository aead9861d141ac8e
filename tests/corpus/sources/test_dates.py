"""Dates in every form that records use."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.corpus.sources.dates import iso_date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019-06-19", "2019-06-19"),
        ("2019-06-19T16:16:43Z", "2019-06-19T16:16:43Z"),
        ("2019-06-19 16:16:43.123+08:00", "2019-06-19T16:16:43+08:00"),
        ("20140216050221", "2014-02-16T05:02:21"),
        ("20140216", "2014-02-16"),
        ("2019年6月19日", "2019-06-19"),
        ("2019/6/9 8:05", "2019-06-09T08:05:00"),
        ("Mon, 06 Mar 2017 04:02:06 GMT", "2017-03-06T04:02:06Z"),
        (1488772926, "2017-03-06T04:02:06Z"),
        (1488772926000.0, "2017-03-06T04:02:06Z"),
        ("1488772926", "2017-03-06T04:02:06Z"),
        (datetime(2017, 3, 6, 4, 2, tzinfo=UTC), "2017-03-06T04:02:00Z"),
        (date(2017, 3, 6), "2017-03-06"),
        ("yesterday", None),
        ("2019-13-45", None),
        ("", None),
        (7, None),
        (True, None),
        (None, None),
        ([], None),
        ("9" * 1000, None),
    ],
)
def test_dates_become_iso_8601(value: Any, expected: str | None) -> None:
    assert iso_date(value) == expected


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats()))
def test_nothing_raises(value: Any) -> None:
    found = iso_date(value)
    assert found is None or datetime.fromisoformat(found)
