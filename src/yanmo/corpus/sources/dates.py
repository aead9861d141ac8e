"""Dates as records write them, in ISO 8601.

Comes in: a value of a field such as `date`. Goes out: a day or a point in time as ISO 8601, or None
where the value is no date. Knows nothing of records.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?")
_YEAR_MONTH_DAY = re.compile(
    r"(\d{4})\s*[年/.]\s*(\d{1,2})\s*[月/.]\s*(\d{1,2})\s*日?"
    r"(?:\s*T?\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?"
)
_MIN_SECONDS, _MAX_SECONDS = 100_000_000, 4_102_444_800  # 1973 to 2100
_MAX_CHARACTERS = 60


def iso_date(value: Any) -> str | None:
    """A date as ISO 8601: `2019-06-19`, or `2019-06-19T16:16:43Z` where there is a time.

    Understood are ISO 8601 itself, 14 or 8 digits, seconds or milliseconds since 1970, the form of
    e-mail and HTTP, and year, month, day with 年月日, slashes or dots.
    """
    if isinstance(value, datetime):
        return _as_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return _from_text(value) if isinstance(value, str) else _from_number(float(value))
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _from_text(value: str) -> str | None:
    """The date in a string. Raises ValueError where it is none."""
    text = value.strip()
    if not text or len(text) > _MAX_CHARACTERS:
        return None
    if text.isdigit() and text.isascii():
        if (match := _DIGITS.fullmatch(text)) is not None:
            return _of_parts(match.groups())
        return _from_number(float(text))
    if (match := _YEAR_MONTH_DAY.fullmatch(text)) is not None:
        return _of_parts(match.groups())
    if text[:4].isdigit():
        when = datetime.fromisoformat(text)
        return when.date().isoformat() if len(text) == 10 else _as_text(when)
    return _as_text(parsedate_to_datetime(text))


def _of_parts(parts: tuple[str | None, ...]) -> str:
    """The date of year, month, day and perhaps hour, minute, second."""
    numbers = [int(part) for part in parts if part is not None]
    if len(numbers) == 3:
        return date(*numbers).isoformat()
    year, month, day, hour, minute = numbers[:5]
    second = numbers[5] if len(numbers) > 5 else 0
    return datetime(year, month, day, hour, minute, second).isoformat()


def _from_number(value: float) -> str | None:
    """The point in time that is so many seconds, or milliseconds, after the start of 1970."""
    if value > _MAX_SECONDS:
        value /= 1000
    if not _MIN_SECONDS <= value <= _MAX_SECONDS:
        return None
    return _as_text(datetime.fromtimestamp(value, UTC))


def _as_text(when: datetime) -> str:
    """ISO 8601 to the second; UTC is written as Z, and a time without a zone stays so."""
    text = when.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
