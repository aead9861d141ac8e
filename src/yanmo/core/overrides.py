"""`key.path=value` words in; the same nested values with them set, and where each came from, out.

A value is read as TOML, and as plain text where it is no TOML. Knows the configuration class only
to tell what a key without a value so far would be: a table, or a list with its default entries.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from yanmo.core.config import Config
from yanmo.core.field_types import KeyPath, child_type, entry, item_type, type_at, type_of
from yanmo.core.messages import t
from yanmo.core.recipe_toml import MAX_DEPTH, nests_too_deep, split_key
from yanmo.core.toml_text import NONE_WORD


@dataclass(frozen=True)
class Override:
    """One `key.path=value`."""

    path: KeyPath
    value: Any


class OverrideError(Exception):
    """What is wrong with one override, in the reader's language. Never leaves the resolver."""


def parse_override(word: str) -> Override:
    """Read `key.path=value` or `--key.path=value`.

    Raises:
        OverrideError: it is not of that form, or its list or table is not valid TOML.
    """
    key, equals, raw = word.removeprefix("--").partition("=")
    key = key.strip()
    if not equals or not key:
        raise OverrideError(t("'{word}' is not of the form key=value", word=_short(word)))
    try:
        parts = split_key(key) if '"' in key or "'" in key else tuple(key.split("."))
    except (ValueError, RecursionError):
        parts = ()
    if not parts or "" in parts or len(parts) > MAX_DEPTH:
        raise OverrideError(t("'{key}' is not a key", key=_short(key)))
    path = tuple(int(p) if p.isdecimal() and p.isascii() and len(p) < 10 else p for p in parts)
    return Override(path, _parse_value(raw.strip(), key))


def apply_overrides(
    model: type[Config], values: dict[str, Any], words: Sequence[str]
) -> tuple[list[KeyPath], list[str]]:
    """Set each override in `values`, in order.

    Returns:
        The paths that were set, and what is wrong with the overrides that could not be.
    """
    paths: list[KeyPath] = []
    errors: list[str] = []
    for word in words:
        try:
            paths.append(_apply(model, values, parse_override(word)))
        except OverrideError as error:
            errors.append(str(error))
    return paths, errors


def _parse_value(raw: str, key: str) -> Any:
    try:
        table: dict[str, Any] = tomllib.loads(f"value = {raw}")
    except (ValueError, RecursionError):
        table = {}
    if raw[:1] in ("[", "{") and (not table or nests_too_deep(table)):
        raise OverrideError(
            t(
                '{key}={value} is not valid TOML; write lists as ["a", "b"], in quotes',
                key=key,
                value=_short(raw),
            )
        )
    value = table.get("value")
    # More than one key: the text held a line break. A date is text to whoever typed it.
    return raw if len(table) != 1 or isinstance(value, date | time) else value


def _apply(model: type[Config], values: dict[str, Any], override: Override) -> KeyPath:
    container: Any = values
    path: list[str | int] = []
    for key in override.path[:-1]:
        key = _entry_key(container, key, path)
        path.append(key)
        container = _descend(model, values, container, tuple(path))
    last = _entry_key(container, override.path[-1], path)
    path.append(last)
    value = override.value
    if isinstance(value, str) and value in (NONE_WORD, "null"):
        field_type = type_at(model, tuple(path), values)
        is_none = field_type is not None and field_type.allows_none
        value = None if is_none and field_type and value not in field_type.literals else value
    if isinstance(container, list) and isinstance(last, int) and last == len(container):
        container.append(value)
    else:
        container[last] = value
    return tuple(path)


def _entry_key(container: Any, key: str | int, path: Sequence[str | int]) -> str | int:
    """`key` as the container takes it: an index of a list, a name in a table."""
    if not isinstance(container, list):
        return str(key)
    if isinstance(key, int) and key <= len(container):
        return key
    raise OverrideError(
        t(
            "there is no '{key}': '{list}' is a list of {count}, its entries count from 0",
            key=".".join(map(str, (*path, key))),
            list=".".join(map(str, path)),
            count=len(container),
        )
    )


def _descend(model: type[Config], values: dict[str, Any], container: Any, path: KeyPath) -> Any:
    """The table or list at the end of `path`, made where there is none yet."""
    key = path[-1]
    found = entry(container, key)
    if found is None:
        found = _new_container(model, values, path)
        if isinstance(container, list) and key == len(container):
            container.append(found)
        else:
            container[key] = found
    elif isinstance(found, Config):
        found = found.model_dump()
        container[key] = found
    if not isinstance(found, dict | list):
        raise OverrideError(
            t(
                "'{key}' is {value}, not a section",
                key=".".join(map(str, path)),
                value=_short(repr(found)),
            )
        )
    return found


def _new_container(model: type[Config], values: dict[str, Any], path: KeyPath) -> Any:
    """A fresh table, or the default entries of a list."""
    field_type = type_of(model)
    for depth, key in enumerate(path):
        inner = child_type(field_type, key, _value_at(values, path[:depth]))
        if inner is None:
            return {}
        field_type = inner
    if item_type(field_type) is None:
        return {}
    default = field_type.default
    return list(default) if isinstance(default, list | tuple) else []


def _value_at(values: Any, path: KeyPath) -> Any:
    for key in path:
        values = entry(values, key)
    return values


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
