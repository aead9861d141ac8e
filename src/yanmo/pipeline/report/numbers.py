"""Numbers as people read them: counts, shares, bytes, durations, in English and in Chinese.

Pure functions from a number to a short string. Chinese counts in 万 and 亿.
"""

from __future__ import annotations

import math
from datetime import datetime

from yanmo.core.messages import language, t

_ENGLISH_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_CHINESE_UNITS = ((1e12, " 万亿"), (1e8, " 亿"), (1e4, " 万"))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_BYTE_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def exact(value: float) -> str:
    """A whole number with separators: 12,345."""
    return f"{round(value):,}"


def short(value: float) -> str:
    """A count at a glance: exact below 100,000, three significant digits above."""
    if abs(value) < 100_000:
        return exact(value)
    units = _CHINESE_UNITS if language() == "zh" else _ENGLISH_UNITS
    return _scaled(value, units)


def size(num_bytes: float) -> str:
    """Bytes in decimal units: 1.23 MB."""
    if abs(num_bytes) < 1000:
        return f"{round(num_bytes)} B"
    return _scaled(num_bytes, tuple((scale, f" {unit}") for scale, unit in _BYTE_UNITS))


def power_of_ten(value: float) -> str:
    """A very large number as 3.34 × 10¹³."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def share(fraction: float) -> str:
    """A fraction of a whole as per cent, with a digit more where it is small."""
    percent = 100 * fraction
    if 99.5 <= percent < 100:
        return ">99%"
    if percent == 0:
        return "0%"
    if abs(percent) < 0.1:
        return "<0.1%" if percent > 0 else ">-0.1%"
    return f"{percent:.1f}%" if abs(percent) < 10 else f"{percent:.0f}%"


def figure(value: float, digits: int = 4) -> str:
    """A measured value with `digits` significant digits and no exponent where it can be avoided."""
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -4:
        return f"{value:.{max(0, digits - 2)}e}"
    if magnitude >= digits:
        return f"{value:,.0f}"
    return f"{value:,.{max(0, digits - 1 - magnitude)}f}"


def duration(seconds: float) -> str:
    """A span of time in its two largest units."""
    if seconds < 0.095:
        return t("{n} ms", n=round(1000 * seconds))
    if seconds < 9.95:
        return t("{n} s", n=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return t("{n} s", n=whole)
    if whole < 3600:
        return t("{m} min {s} s", m=whole // 60, s=whole % 60)
    minutes = round(seconds / 60)
    if minutes < 48 * 60:
        return t("{h} h {m} min", h=minutes // 60, m=minutes % 60)
    hours = round(seconds / 3600)
    return t("{d} d {h} h", d=hours // 24, h=hours % 24)


def day(iso_time: str) -> str:
    """The date and time of a manifest, as written there (UTC), to the minute."""
    try:
        moment = datetime.fromisoformat(iso_time)
    except ValueError:
        return iso_time
    written = moment.strftime("%Y-%m-%d %H:%M")
    return f"{written} UTC" if moment.utcoffset() is not None else written


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    """Three significant digits and the largest unit that leaves at least 1."""
    for index, (scale, unit) in enumerate(units):
        scaled = value / scale
        if abs(scaled) >= 0.9995:
            if abs(scaled) >= 999.5 and index == 0:
                return f"{scaled:,.0f}{unit}"
            digits = max(0, 2 - math.floor(math.log10(abs(scaled)) + 1e-9))
            return f"{scaled:,.{digits}f}{unit}"
    return exact(value)
