"""What a field demands, in words: its type, its choices and its bounds, in the reader's language.

In comes a field of a configuration class; out come phrases that fit after "must be". Used by error
messages and by the reference of keys alike, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, get_origin

from pydantic.fields import FieldInfo

from yanmo.core.field_types import FieldType, is_model, item_type, tags_of, type_of_field, words_of
from yanmo.core.messages import t
from yanmo.core.toml_text import format_value

_LONGEST_VALUE = 60
_ENTRIES = {"min_length": "min_entries", "max_length": "max_entries"}


def one_of(phrases: Sequence[str]) -> str:
    """`a, b or c`."""
    unique = list(dict.fromkeys(phrases))
    if len(unique) < 2:
        return "".join(unique)
    text = unique[0]
    for phrase in unique[1:-1]:
        text = t("{first}, {second}", first=text, second=phrase)
    return t("{first} or {last}", first=text, last=unique[-1])


def short_value(value: Any) -> str:
    """A value as TOML writes it, cut where it is long; safe for any value."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return t("a number of {count} bits", count=value.bit_length())
    try:
        text = format_value(value)
    except Exception:  # not a value that TOML knows, or not Unicode
        text = ascii(type(value).__name__) if not isinstance(value, str) else ascii(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def type_phrase(field_type: FieldType) -> str:
    """The alternatives of a field: "a whole number or a list of texts"."""
    phrases: list[str] = []
    for member in field_type.members:
        if words := words_of(member):
            phrases += [format_value(word) for word in words]
        elif not (is_model(member) and len(field_type.models) > 1):
            phrases.append(_member_phrase(member))
    if len(field_type.models) > 1:
        phrases.append(_union_phrase(field_type))
    if field_type.allows_none:
        phrases.append('"none"')
    return one_of(phrases)


def tag_words(field_type: FieldType) -> list[str]:
    """The tags that select a member of a union of tables."""
    key = field_type.tag_key
    if key is None:
        return []
    return [tag for model in field_type.models for tag in tags_of(model, key)]


def bound_phrases(info: FieldInfo) -> list[str]:
    """The bounds of a field: ["at least 1", "at most 8"]."""
    is_list = item_type(type_of_field(info)) is not None
    phrases: list[str] = []
    for extra in info.metadata:
        for kind in ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"):
            limit = getattr(extra, kind, None)
            if limit is not None:
                phrases.append(bound_phrase(_ENTRIES.get(kind, kind) if is_list else kind, limit))
    return phrases


def bound_phrase(kind: str, limit: Any) -> str:
    """One bound in words; `kind` is pydantic's name for it, or `min_entries`, `max_entries`."""
    if isinstance(limit, int | float):
        limit = short_value(limit)
    if kind == "ge":
        return t("at least {limit}", limit=limit)
    if kind == "gt":
        return t("greater than {limit}", limit=limit)
    if kind == "le":
        return t("at most {limit}", limit=limit)
    if kind == "lt":
        return t("less than {limit}", limit=limit)
    if kind == "multiple_of":
        return t("a multiple of {limit}", limit=limit)
    if kind == "min_length":
        return t("no shorter than {limit}", limit=limit)
    if kind == "max_length":
        return t("no longer than {limit}", limit=limit)
    if kind == "min_entries":
        return t("no fewer entries than {limit}", limit=limit)
    if kind == "max_entries":
        return t("no more entries than {limit}", limit=limit)
    if kind == "pattern":
        return t("of the pattern {limit}", limit=getattr(limit, "pattern", limit))
    raise AssertionError(f"unknown bound {kind}")


def field_phrase(info: FieldInfo) -> str:
    """Type and bounds of a field: "a whole number, at least 1"."""
    text = type_phrase(type_of_field(info))
    for bound in bound_phrases(info):
        text = t("{phrase}, {bound}", phrase=text, bound=bound)
    return text


def _member_phrase(member: Any) -> str:
    origin = get_origin(member) or member
    if is_model(member):
        return t("a section")
    if member is bool:
        return t("true or false")
    if member is int:
        return t("a whole number")
    if member is float:
        return t("a number")
    if member is str:
        return t("text")
    if isinstance(origin, type) and issubclass(origin, PurePath):
        return t("a path")
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return t("a table")
    items = item_type(FieldType((member,)))
    if items is not None:
        return t("a list, each entry {entry}", entry=type_phrase(items))
    return getattr(member, "__name__", str(member))


def _union_phrase(field_type: FieldType) -> str:
    if field_type.tag_key is None:
        return t("a section")
    return t(
        "a section with {key} = {choices}",
        key=field_type.tag_key,
        choices=one_of([format_value(tag) for tag in tag_words(field_type)]),
    )
