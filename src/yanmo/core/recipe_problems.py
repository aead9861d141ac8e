"""pydantic's complaints about a recipe in; sentences for its author out.

Each problem names the key as the author wrote it (pydantic puts the tags of unions between), what
is allowed there, and the nearest right spelling. Knows no files: the resolver adds file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from yanmo.core.config import Config
from yanmo.core.field_types import (
    FieldType,
    KeyPath,
    entry,
    item_type,
    selected_models,
    tags_of,
    type_at,
    type_of,
    type_of_field,
    value_type,
    walk_fields,
)
from yanmo.core.messages import listed, t
from yanmo.core.requirements import (
    bound_phrase,
    field_phrase,
    one_of,
    short_value,
    tag_words,
    type_phrase,
)
from yanmo.core.suggest import closest
from yanmo.core.toml_text import format_value

_BOUNDS = {
    "greater_than": ("gt", "gt"),
    "greater_than_equal": ("ge", "ge"),
    "less_than": ("lt", "lt"),
    "less_than_equal": ("le", "le"),
    "multiple_of": ("multiple_of", "multiple_of"),
    "too_short": ("min_entries", "min_length"),
    "string_too_short": ("min_length", "min_length"),
    "too_long": ("max_entries", "max_length"),
    "string_too_long": ("max_length", "max_length"),
    "string_pattern_mismatch": ("pattern", "pattern"),
}
_PASSED_THROUGH = ("value_error", "assertion_error")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a recipe: the key, and a sentence about it."""

    path: KeyPath
    message: str


@dataclass(frozen=True)
class _Located:
    """A complaint and the author's path; `is_branch` when one of several alternatives complains."""

    path: KeyPath
    error: ErrorDetails
    is_branch: bool


def problems_of(error: ValidationError, model: type[Config], values: Any) -> list[Problem]:
    """The problems behind a validation error, one for each key, in pydantic's order.

    Args:
        error: what pydantic raised.
        model: the class it validated against.
        values: the nested values it was given.
    """
    located = [
        _locate(model, values, details)
        for details in error.errors(include_url=False, include_input=False)
    ]
    by_path: dict[KeyPath, list[_Located]] = {}
    for one in located:
        if not (one.is_branch and _has_deeper(one.path, located)):
            by_path.setdefault(one.path, []).append(one)
    return [
        Problem(_place_of(model, values, path, group), _message(model, values, path, group))
        for path, group in by_path.items()
    ]


def dotted(path: KeyPath) -> str:
    """A key path as an override writes it."""
    return ".".join(map(str, path))


def wrong_value(path: KeyPath, value: Any, requirement: str) -> str:
    """The sentence for a value that is not what its key takes."""
    return t(
        "{key} = {value}: must be {requirement}",
        key=dotted(path),
        value=short_value(value),
        requirement=requirement,
    )


def _has_deeper(path: KeyPath, located: list[_Located]) -> bool:
    return any(len(o.path) > len(path) and o.path[: len(path)] == path for o in located)


def _place_of(model: type[Config], values: Any, path: KeyPath, group: list[_Located]) -> KeyPath:
    """The key to point at: a wrong tag is told at the tag, not at its section."""
    field_type = type_at(model, path, values)
    is_tag = group[0].error["type"] in ("union_tag_invalid", "union_tag_not_found")
    if is_tag and field_type is not None and field_type.tag_key is not None:
        return (*path, field_type.tag_key)
    return path


def _locate(model: type[Config], values: Any, details: ErrorDetails) -> _Located:
    """Walk pydantic's location along the types, dropping what stands for a union's member."""
    field_type: FieldType | None = FieldType((model,))
    path: list[str | int] = []
    is_branch = False
    value = values
    for element in details["loc"]:
        if field_type is None:
            break
        member = _member_named(field_type, element)
        if member is not None:
            is_branch = is_branch or field_type.tag_key is None
            field_type = type_of(member)
            continue
        field_type = _inner_type(field_type, element)
        if field_type is not None or details["type"] == "extra_forbidden":
            path.append(element)
            value = entry(value, element)
    return _Located(tuple(path), details, is_branch)


def _member_named(field_type: FieldType, element: str | int) -> Any:
    """The alternative that a location's element stands for; None where it is a key or an index."""
    if len(field_type.members) < 2:
        return None
    if field_type.tag_key is not None:
        for model in field_type.models:
            if str(element) in tags_of(model, field_type.tag_key):
                return model
    for member in field_type.members:
        name = getattr(member, "__name__", "")
        if name == element or (name and str(element).startswith(f"{name}[")):
            return member
    return None


def _inner_type(field_type: FieldType, element: str | int) -> FieldType | None:
    for model in field_type.models:
        if element in model.model_fields:
            return type_of_field(model.model_fields[str(element)])
    if isinstance(element, int) and (items := item_type(field_type, element)):
        return items
    if not field_type.models and element != "[key]":
        return value_type(field_type)
    return None


def _message(model: type[Config], values: Any, path: KeyPath, group: list[_Located]) -> str:
    error = group[0].error
    kind = error["type"]
    if kind == "extra_forbidden":
        return unknown_key(model, values, path)
    if kind == "missing":
        return _missing_key(model, values, path)
    if kind in _PASSED_THROUGH:
        text = str(error.get("ctx", {}).get("error") or error["msg"])
        return t("{key}: {message}", key=dotted(path), message=text) if path else text
    field_type = type_at(model, path, values) or FieldType((model,))
    value = _value_at(values, path)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _wrong_tag(path, value, field_type)
    if len(group) == 1 and kind in _BOUNDS:
        return _out_of_bounds(path, value, error)
    if len(group) == 1 and kind == "finite_number":
        return wrong_value(path, value, t("a finite number"))
    if kind in ("literal_error", "enum") and len(group) == 1:
        return _wrong_choice(path, value, field_type, error)
    if field_type.members and field_type.members != (Any,):
        return wrong_value(path, value, type_phrase(field_type))
    return t("{key}: {message}", key=dotted(path), message=error["msg"])


def _value_at(values: Any, path: KeyPath) -> Any:
    for key in path:
        values = entry(values, key)
    return values


def _missing_key(model: type[Config], values: Any, path: KeyPath) -> str:
    for owner in _owners(model, values, path):
        info = owner.model_fields.get(str(path[-1]))
        if info is not None:
            return t(
                "missing key '{key}', it must be {requirement}",
                key=dotted(path),
                requirement=field_phrase(info),
            )
    return t("missing key '{key}'", key=dotted(path))


def _out_of_bounds(path: KeyPath, value: Any, error: ErrorDetails) -> str:
    kind, name = _BOUNDS[error["type"]]
    return wrong_value(path, value, bound_phrase(kind, error.get("ctx", {}).get(name)))


def _wrong_choice(path: KeyPath, value: Any, field_type: FieldType, error: ErrorDetails) -> str:
    words = field_type.literals
    expected = one_of([format_value(word) for word in words])
    message = wrong_value(path, value, expected or str(error.get("ctx", {}).get("expected")))
    return _with_suggestion(message, value, [word for word in words if isinstance(word, str)])


def _wrong_tag(path: KeyPath, value: Any, field_type: FieldType) -> str:
    key, words = field_type.tag_key or "", tag_words(field_type)
    choices = one_of([format_value(word) for word in words])
    tag = entry(value, key)
    if not isinstance(value, Mapping):
        return wrong_value(path, value, type_phrase(field_type))
    where = (*path, key)
    if tag is None:
        return t(
            "missing key '{key}', it must be {requirement}", key=dotted(where), requirement=choices
        )
    return _with_suggestion(wrong_value(where, tag, choices), tag, words)


def _with_suggestion(message: str, value: Any, words: list[str]) -> str:
    nearest = closest(value, words) if isinstance(value, str) else None
    if nearest is None:
        return message
    return t(
        "{message}, did you mean {suggestion}?", message=message, suggestion=format_value(nearest)
    )


def _owners(model: type[Config], values: Any, path: KeyPath) -> list[type[Config]]:
    """The classes that the table around `path` can be."""
    above = type_at(model, path[:-1], values)
    return [] if above is None else selected_models(above, _value_at(values, path[:-1]))


def unknown_key(model: type[Config], values: Any, path: KeyPath) -> str:
    """The sentence for a key that does not exist, with what was probably meant."""
    key = dotted(path)
    siblings = [name for owner in _owners(model, values, path) for name in owner.model_fields]
    nearest = closest(str(path[-1]), siblings)
    if nearest is None or closest(str(path[-1]), siblings, cutoff=0.8) is None:
        elsewhere = _belongs_elsewhere(model, path)
        if elsewhere is not None:
            return elsewhere
    if nearest is None:
        leaves = {field.path[-1]: field.dotted for field in walk_fields(model)}
        leaf = closest(str(path[-1]), leaves, cutoff=0.75)
        nearest_path = leaves[leaf] if leaf else None
    else:
        nearest_path = dotted((*path[:-1], nearest))
    if nearest_path is None:
        known = listed(siblings, limit=12)
        return t("unknown key '{key}'; there are: {known}", key=key, known=known)
    return t("unknown key '{key}', did you mean '{suggestion}'?", key=key, suggestion=nearest_path)


def _belongs_elsewhere(model: type[Config], path: KeyPath) -> str | None:
    """A sentence if the key exists for another member of the union here, or in another section."""
    key = dotted(path)
    same_name = [field for field in walk_fields(model) if field.path[-1] == str(path[-1])]
    general = tuple("0" if isinstance(part, int) else part for part in path)
    tags = [
        f"{field.tag_key} = {format_value(field.tag)}"
        for field in same_name
        if field.path == general and field.tag is not None
    ]
    if tags:
        return t("unknown key '{key}'; it exists only with {tags}", key=key, tags=one_of(tags))
    if same_name:
        return t(
            "unknown key '{key}', did you mean '{suggestion}'?",
            key=key,
            suggestion=same_name[0].dotted,
        )
    return None
