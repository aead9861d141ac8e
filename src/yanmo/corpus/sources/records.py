"""The text of a record: a JSON value, or a row of a table.

Comes in: what `json.loads` gives. Goes out: the text in it, and the small fields beside the text.
Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from yanmo.corpus.encoding import is_valid_unicode

_HEADLINE_FIELDS = ("title", "rhythmic", "author")
_FIELDS_WITHOUT_TEXT = frozenset(("id", "_id", "uuid", "url", "uri"))
_MAX_FIELD_CHARACTERS = 300


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
        return "\n".join(_strings_in(record[text_field]))
    return "\n".join(_strings_in(record))


def url_of_record(record: Any) -> str | None:
    """The `url` of an object, where it is a string of valid Unicode."""
    url = record.get("url") if isinstance(record, dict) else None
    return url if isinstance(url, str) and url and is_valid_unicode(url) else None


def small_fields(record: Any, text_field: str) -> dict[str, Any]:
    """The numbers and short strings that stand beside the text of an object."""
    if not isinstance(record, dict) or text_field not in record:
        return {}
    return {
        name: value
        for name, value in record.items()
        if name not in (text_field, "url")
        and isinstance(value, str | int | float)
        and value == value  # NaN is not JSON
        and value not in (math.inf, -math.inf)
        and len(str(value)) <= _MAX_FIELD_CHARACTERS
        and is_valid_unicode(name + str(value))
    }


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
