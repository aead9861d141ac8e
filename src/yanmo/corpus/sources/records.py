"""The text of a record: a JSON value, or a row of a table.

Comes in: what `json.loads` gives. Goes out: the text in it, and what stands beside the text: small
fields, and those that say where the text is from. Knows nothing of files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from yanmo.core.encoding import is_valid_unicode
from yanmo.corpus.sources.dates import iso_date

DATE_FIELDS = ("date", "time", "published", "published_at", "timestamp", "created", "created_at")
"""The fields in which a date is looked for, in this order."""

_DATE_FIELD_SET = frozenset(DATE_FIELDS)
_HEADLINE_FIELDS = ("title", "rhythmic", "author")
_FIELDS_WITHOUT_TEXT = frozenset(("id", "_id", "uuid", "url", "uri"))
_MAX_FIELD_CHARACTERS = 300
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]+)?")


def text_of_record(record: Any, text_field: str) -> str | None:
    """The text of a JSON value, or None where it is neither a string nor an object.

    An object with `text_field` gives that field. Any other object gives all its strings, each on a
    line, in the order of the file; a title and an author go first, and identifiers are left out.
    """
    if isinstance(record, str):
        return record
    if not isinstance(record, dict):
        return None
    if text_field in record:
        text = record[text_field]
        return text if type(text) is str else "\n".join(_strings_in(text))
    return "\n".join(_strings_in(record))


def url_of_record(record: Any) -> str | None:
    """The `url` of an object, where it is a string of valid Unicode."""
    url = record.get("url") if isinstance(record, dict) else None
    return url if isinstance(url, str) and url and is_valid_unicode(url) else None


def language_of_record(record: Any) -> str | None:
    """The `language` (or `lang`) of an object where that is a code, such as "zh" of "zh-CN"."""
    if not isinstance(record, dict):
        return None
    value = record.get("language", record.get("lang"))
    match = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    return match.group(1).lower() if match is not None else None


def domain_of_record(record: Any) -> str | None:
    """The `domain` of an object, where it is a short string."""
    value = record.get("domain") if isinstance(record, dict) else None
    if isinstance(value, str) and 0 < len(value) <= _MAX_FIELD_CHARACTERS:
        return value if is_valid_unicode(value) else None
    return None


def date_of_record(record: Any) -> str | None:
    """The first field of an object that holds a date, in ISO 8601."""
    if not isinstance(record, dict):
        return None
    for name in _DATE_FIELD_SET.intersection(record) and DATE_FIELDS:
        if name in record and (found := iso_date(record[name])) is not None:
            return found
    return None


def small_fields(record: Any, text_field: str) -> dict[str, Any]:
    """The numbers and short strings that stand beside the text of an object."""
    if not isinstance(record, dict) or text_field not in record:
        return {}
    return {
        name: value
        for name, value in record.items()
        if name != text_field and name != "url" and _is_small(value) and _is_valid(name)
    }


def _is_small(value: Any) -> bool:
    """Whether a value is a number or a short string, and can be written as JSON."""
    if isinstance(value, str):
        return len(value) <= _MAX_FIELD_CHARACTERS and _is_valid(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    return isinstance(value, float) and math.isfinite(value)


def _is_valid(text: str) -> bool:
    return text.isascii() or is_valid_unicode(text)


def _strings_in(value: Any) -> Iterator[str]:
    """Every string inside a JSON value, in reading order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings_in(item)
    elif isinstance(value, dict):
        for name in _reading_order(value):
            yield from _strings_in(value[name])


def _reading_order(fields: Mapping[str, Any]) -> list[str]:
    """The names of the fields with text: headlines first, the others as they stand."""
    headlines = [name for name in _HEADLINE_FIELDS if isinstance(fields.get(name), str)]
    others = [n for n in fields if n not in headlines and n not in _FIELDS_WITHOUT_TEXT]
    return headlines + others
