"""Texts as numbers and dates: what stands in a text in, one way to write it out.

Arabic digits with separators and Chinese numerals; dates in English and Chinese, whole or of a
month or a year. None where a text is neither. Knows no field.
"""

from __future__ import annotations

import datetime
import re
import unicodedata

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_NUMBER = re.compile(
    r"(?P<sign>[-+−])?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?"
    r"\s*(?P<unit>%|万|亿|(?:thousand|million|billion|k)\b)?",
    re.IGNORECASE,
)
_HAN = re.compile("负?[零一二三四五六七八九〇○两十百千万亿]+(?:点[零一二三四五六七八九〇]+)?")
_HAN_DATE = "[0-9零一二三四五六七八九十〇○]"
_DATES = (
    re.compile(
        rf"(?P<year>{_HAN_DATE}{{4}})\s*年(?:\s*(?P<month>{_HAN_DATE}{{1,3}})\s*月"
        rf"(?:\s*(?P<day>{_HAN_DATE}{{1,3}})\s*[日号])?)?"
    ),
    re.compile(r"(?<!\d)(?P<year>\d{4})([-/.])(?P<month>\d{1,2})(?:\2(?P<day>\d{1,2}))?(?!\d)"),
    re.compile(
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{3,9})\.?,?\s+(?P<year>\d{4})(?!\d)"
    ),
    re.compile(
        r"(?P<month>[A-Za-z]{3,9})\.?\s+(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{4})(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<year>\d{4})(?!\d)"),
)


def number_of(text: str) -> int | float | None:
    """The one number in a text: `1,234`, `12.5%` (0.125), `1.2万` (12000), `三百二十` (320).

    None where there is no number, or more than one.
    """
    text = unicodedata.normalize("NFKC", text)
    found = list(_NUMBER.finditer(text))
    if len(found) == 1:
        return _arabic(found[0])
    han = _HAN.findall(text)
    if found or len(han) != 1:
        return None
    return _han(han[0])


def date_of(text: str) -> str | None:
    """The first date in a text as YYYY-MM-DD, or YYYY-MM or YYYY where no more is told; None where
    there is none, or it is not in the calendar."""
    text = unicodedata.normalize("NFKC", text)
    for pattern in _DATES:
        match = pattern.search(text)
        if match is None:
            continue
        parts = match.groupdict()
        year = _year(parts["year"])
        month = _month(parts.get("month"))
        if parts.get("month") and month is None:
            continue  # a word before a year that is no month
        day = None if not parts.get("day") else number_of(str(parts["day"]))
        try:
            datetime.date(year, month or 1, 1 if day is None else int(day))
        except ValueError:
            return None
        told = [f"{year:04d}", *(f"{int(one):02d}" for one in (month, day) if one is not None)]
        return "-".join(told)
    return None


def _arabic(match: re.Match[str]) -> int | float:
    whole = match["whole"].replace(",", "")
    unit = (match["unit"] or "").lower()
    sign = -1 if match["sign"] in ("-", "−") else 1
    if unit == "%":
        return sign * float(whole + (match["part"] or "")) / 100
    factor = _LARGE.get(unit) or _WORDS.get(unit) or 1
    value = (float(whole + match["part"]) if match["part"] else int(whole)) * factor * sign
    # 1.1 * 10000 is 11000.000000000002
    value = round(value, 9) if isinstance(value, float) else value
    is_whole = isinstance(value, float) and factor != 1 and value == int(value)
    return int(value) if is_whole else value


def _han(text: str) -> int | float | None:
    """A Chinese numeral, read by its units or digit by digit."""
    sign = -1 if text.startswith("负") else 1
    whole, _, part = text.removeprefix("负").partition("点")
    value = _han_whole(whole)
    if value is None:
        return None
    if part:
        return sign * float(f"{value}." + "".join(str(_DIGITS[one]) for one in part))
    return sign * value


def _han_whole(text: str) -> int | None:
    if not any(one in _UNITS or one in _LARGE for one in text):
        return int("".join(str(_DIGITS[one]) for one in text)) if text else None
    total = section = digit = 0
    for one in text:
        if one in _DIGITS:
            digit = _DIGITS[one]
        elif one in _UNITS:
            section += (digit or 1) * _UNITS[one]
            digit = 0
        else:
            total = (total + section + digit) * _LARGE[one]
            section = digit = 0
    return total + section + digit


def _year(text: str) -> int:
    return int("".join(str(_DIGITS.get(one, one)) for one in text)) if "十" not in text else 0


def _month(text: str | None) -> int | None:
    if not text:
        return None
    if text[:3].lower() in _MONTHS:
        return _MONTHS[text[:3].lower()]
    found = number_of(text)
    return int(found) if found is not None else None
