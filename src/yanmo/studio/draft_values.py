"""The values of a form: nested tables as a recipe file has them, written as TOML or as the words of
a command, and taken from a recipe that is there.

Only what differs from the defaults is kept: that is what a person would have written. Knows
configuration classes, nothing of requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from yanmo.core.config import Config
from yanmo.core.toml_text import format_key, format_value

Values = dict[str, Any]
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_NO_TEXT = frozenset({"true", "false", "inf", "nan", "none", "null"})


def changed_values(config: Config, default: Any = PydanticUndefined) -> Values:
    """What of `config` differs from `default`, or from the defaults of its class.

    The word that says of which kind a table is always stays.
    """
    plain = config.model_dump(mode="json")
    found: Values = {}
    for name, info in type(config).model_fields.items():
        value = getattr(config, name)
        base = info.get_default(call_default_factory=True)
        if type(default) is type(config):
            base = getattr(default, name)
        if _is_tag(info.annotation):
            found[name] = plain[name]
        elif value != base:
            found[name] = _changed(value, base, plain[name])
    return found


def _changed(value: Any, base: Any, plain: Any) -> Any:
    if isinstance(value, Config):
        return changed_values(value, base)
    if isinstance(value, Mapping):
        return {
            str(key): changed_values(one) if isinstance(one, Config) else plain[str(key)]
            for key, one in value.items()
        }
    if isinstance(value, list | tuple) and any(isinstance(one, Config) for one in value):
        return [
            changed_values(one) if isinstance(one, Config) else told
            for one, told in zip(value, plain, strict=True)
        ]
    return plain


def _is_tag(annotation: Any) -> bool:
    return get_origin(annotation) is Literal and len(get_args(annotation)) == 1


def to_recipe_text(values: Values) -> str:
    """The values as a TOML file: plain keys of a table first, then the tables inside it."""
    text = "\n".join(_table_lines(values, ())).strip("\n")
    return f"{text}\n" if text else ""


def _table_lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain: list[str] = []
    tables: list[str] = []
    for key, value in table.items():
        here = (*path, key)
        dotted = ".".join(format_key(part) for part in here)
        if isinstance(value, Mapping) and value:
            inner = _table_lines(value, here)
            # A table of tables alone needs no heading of its own.
            is_plain = bool(inner) and inner[0] != ""
            tables += ["", f"[{dotted}]", *inner] if is_plain else inner
        elif _is_tables(value):
            for item in value:
                tables += ["", f"[[{dotted}]]", *_table_lines(item, here)]
        else:
            plain.append(f"{format_key(key)} = {format_value(value)}")
    return [*plain, *tables]


def _is_tables(value: Any) -> bool:
    is_list = isinstance(value, list) and bool(value)
    return is_list and all(isinstance(item, Mapping) for item in value)


def to_overrides(values: Values, base: Values) -> list[str] | None:
    """The `key=value` words that make `values` of `base`; None where a whole file is shorter to
    say: a section of the file is gone."""
    if set(base) - set(values):
        return None
    words: list[str] = []
    _compare(values, base, (), words)
    return words


def _compare(value: Any, base: Any, path: tuple[str, ...], words: list[str]) -> None:
    if value == base and type(value) is type(base):
        return
    if isinstance(value, Mapping) and isinstance(base, Mapping) and not set(base) - set(value):
        for key, inner in value.items():
            _compare(inner, base.get(key, PydanticUndefined), (*path, key), words)
        return
    is_sections = base is PydanticUndefined and isinstance(value, Mapping) and bool(value)
    if is_sections and len(path) < 2:
        for key, inner in value.items():
            _compare(inner, PydanticUndefined, (*path, key), words)
        return
    if _is_like_list(value, base):
        for index, (one, other) in enumerate(zip(value, base, strict=True)):
            _compare(one, other, (*path, str(index)), words)
        return
    words.append(f"{'.'.join(format_key(part) for part in path)}={_as_typed(value)}")


def _as_typed(value: Any) -> str:
    """A value as one types it: a word that can be nothing but text needs no quotes."""
    is_plain = isinstance(value, str) and _WORD.fullmatch(value) and value not in _NO_TEXT
    return str(value) if is_plain else format_value(value)


def _is_like_list(value: Any, base: Any) -> bool:
    """Whether both are lists of tables of one length: then their entries are compared."""
    return _is_tables(value) and _is_tables(base) and len(value) == len(base)
