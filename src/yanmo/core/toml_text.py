"""Configuration objects and plain values in; TOML text out.

What is written reads back as an equal object. TOML has no null, so None is written as the text
"none" where leaving the key out would mean something else. Knows nothing of files.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic_core import PydanticUndefined

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.field_types import default_in, type_of_field
from yanmo.core.messages import t

NONE_WORD = "none"
_WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b"}
_SENTENCE_END = re.compile(r"(?<!\bal\.)(?<!\beq\.)(?<=[.!?])\s+|(?<=[。！？])|\n\s*\n")


def to_toml(config: Config) -> str:
    """A resolved recipe as TOML text, with the first sentence of its documentation above each key.

    Resolving the text with the class of `config` gives an equal object.

    Raises:
        ConfigError: a text in it cannot be stored (not valid Unicode, or the word "none" where
            that means None).
    """
    lines = _table_lines(config, (), PydanticUndefined)
    text = "\n".join(lines).strip("\n") + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def format_value(value: Any) -> str:
    """A value as TOML writes it; None is the text "none"."""
    if isinstance(value, Enum):
        return format_value(value.value)
    if value is None:
        return f'"{NONE_WORD}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _format_int(value)
    if isinstance(value, float):
        return _format_float(value)
    if isinstance(value, str | PurePath):
        return _format_text(str(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Config):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        pairs = (f"{format_key(str(key))} = {format_value(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, set | frozenset):
        value = sorted(value, key=repr)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(format_value(item) for item in value) + "]"
    raise AssertionError(f"no TOML form for {type(value).__name__}")


def format_key(key: str) -> str:
    """One part of a key, in quotes where TOML asks for them."""
    return key if _BARE_KEY.fullmatch(key) else _format_text(key)


def first_sentence(documentation: str | None) -> str:
    """The first sentence of a docstring, on one line."""
    parts = _SENTENCE_END.split((documentation or "").strip(), maxsplit=1)
    return " ".join(parts[0].split())


def _table_lines(config: Config, path: tuple[str, ...], default: Any) -> list[str]:
    """The lines of one table: plain keys first, then the tables inside it."""
    plain: list[str] = []
    tables: list[str] = []
    for name, info in type(config).model_fields.items():
        value = getattr(config, name)
        comment = _comment(info.description)
        here = (*path, name)
        inherited = default_in(default, type(config), name)
        if isinstance(value, Config):
            tables += ["", *comment, _header(here), *_table_lines(value, here, inherited)]
        elif _is_tables(value):
            tables += ["", *comment]
            for item in value:
                tables += [_header(here, is_array=True)]
                tables += [*_table_lines(item, here, PydanticUndefined), ""]
        elif _is_free_table(value):
            tables += ["", *comment, _header(here), *_free_table_lines(value, here)]
        elif value is None and inherited is None:
            plain += [*comment, f"# {format_key(name)} = (not set)"]
        else:
            _refuse_none_word(value, config, name)
            plain += [*comment, *_assignment(name, value)]
    return [*plain, *tables]


def _free_table_lines(table: Mapping[Any, Any], path: tuple[str, ...]) -> list[str]:
    plain: list[str] = []
    tables: list[str] = []
    for key, value in table.items():
        if isinstance(value, Config):
            here = (*path, str(key))
            tables += ["", _header(here), *_table_lines(value, here, PydanticUndefined)]
        else:
            plain += _assignment(str(key), value)
    return [*plain, *tables]


def _assignment(name: str, value: Any) -> list[str]:
    line = f"{format_key(name)} = {format_value(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list | tuple) or not value:
        return [line]
    return [f"{format_key(name)} = [", *(f"    {format_value(item)}," for item in value), "]"]


def _header(path: tuple[str, ...], *, is_array: bool = False) -> str:
    dotted = ".".join(format_key(part) for part in path)
    return f"[[{dotted}]]" if is_array else f"[{dotted}]"


def _comment(documentation: str | None) -> list[str]:
    sentence = first_sentence(documentation)
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _is_tables(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and bool(value)
    return is_list and all(isinstance(item, Config) for item in value)


def _is_free_table(value: Any) -> bool:
    """Whether a free table (`dict`) gets a header; an empty one must be written as `{}`."""
    return isinstance(value, Mapping) and bool(value)


def _refuse_none_word(value: Any, config: Config, name: str) -> None:
    field_type = type_of_field(type(config).model_fields[name])
    word_is_none = field_type.allows_none and NONE_WORD not in field_type.literals
    if (value == NONE_WORD and word_is_none) or (value is None and not word_is_none):
        raise ConfigError(
            t("the text \"none\" cannot be stored for '{key}', it means None", key=name)
        )


def _format_int(value: int) -> str:
    # Python refuses to print very long numbers in decimal; TOML knows hexadecimal too.
    if value.bit_length() > 10_000 and value > 0:
        return hex(value)
    return str(value)


def _format_float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _format_text(text: str) -> str:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise ConfigError(t("this text is not valid Unicode: {text}", text=ascii(text)))
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\u{ord(character):04x}"
    return character
