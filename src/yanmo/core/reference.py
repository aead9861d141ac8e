"""A configuration class in; its keys, their documentation and its JSON Schema out.

Serves completion, `config explain` and editors. Knows classes, nothing of recipe files.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

from pydantic_core import PydanticUndefined

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.field_types import FieldEntry, type_of_field, walk_fields
from yanmo.core.messages import listed, t
from yanmo.core.requirements import field_phrase, one_of, short_value
from yanmo.core.suggest import closest
from yanmo.core.toml_text import format_value

_WIDTH = 100


def field_paths(model_class: type[Config]) -> list[str]:
    """The dotted path of every key that takes a value, all members of unions included.

    `0` stands for any entry of a list and `NAME` for any key of a free table.
    """
    return list(
        dict.fromkeys(
            field.dotted for field in walk_fields(model_class) if not _is_plain_section(field)
        )
    )


def explain_key(model_class: type[Config], key: str = "") -> str:
    """Documentation, type, default and bounds of a key, or of all keys of a section.

    Args:
        model_class: the recipe's class.
        key: a dotted path; the numbers of list entries may be left out; empty for everything. Of a
            section that is one of several kinds, a kind may stand last: `optimizer.adamw`. A key
            that is called like a kind is asked for with its entry: `sources.0.social`.

    Raises:
        ConfigError: there is no such key; suggests the nearest.
    """
    parts = key.split(".") if key else []
    wanted = _general(parts)
    entries = list(walk_fields(model_class))
    is_in_entry = _section(wanted[:-1]) != tuple(parts[:-1])
    shown = [] if is_in_entry else _keys_of_kind(entries, wanted)
    if not shown:
        shown = [field for field in entries if _general(field.path)[: len(wanted)] == wanted]
    if not shown:
        raise _unknown(key, entries)
    tags = _tags_by_path(entries)
    told: set[str] = set()
    paragraphs: list[str] = []
    for field in shown:
        if field.path[-1] == field.tag_key:
            if field.dotted in told:
                continue
            told.add(field.dotted)
        paragraphs.append(_paragraph(field, tags))
    return "\n".join(paragraphs)


def json_schema(model_class: type[Config]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a recipe, for editors and forms."""
    schema = model_class.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _general(parts: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A path without the numbers of list entries."""
    return tuple(part for part in parts if not part.isdecimal())


def _keys_of_kind(entries: list[FieldEntry], wanted: tuple[str, ...]) -> list[FieldEntry]:
    """The keys of a section of one kind, where `wanted` is the section and the kind."""
    above, kind = wanted[:-1], wanted[-1:]
    found: list[FieldEntry] = []
    is_inside = False
    for field in entries:
        path = _general(field.path)
        if field.tag is not None and _section(path[:-1]) == above:
            is_inside = (field.tag,) == kind
            field = replace(field, tag_key=None, tag=None)
        elif path[: len(above)] != above:
            is_inside = False
        if is_inside:
            found.append(field)
    return found


def _section(path: tuple[str, ...]) -> tuple[str, ...]:
    """A path without the name of an entry at its end."""
    return path[:-1] if path[-1:] == ("NAME",) else path


def _is_plain_section(field: FieldEntry) -> bool:
    field_type = type_of_field(field.info)
    return bool(field_type.models) and not field_type.allows_none


def _unknown(key: str, entries: list[FieldEntry]) -> ConfigError:
    paths = [field.dotted for field in entries]
    paths += [
        ".".join((*_section(_general(field.path[:-1])), field.tag))
        for field in entries
        if field.tag is not None and field.path[-1] == field.tag_key
    ]
    leaf = key.rpartition(".")[2]
    same_name = [field.dotted for field in entries if field.path[-1] == leaf]
    nearest = closest(key, paths, cutoff=0.8) or (same_name[0] if same_name else None)
    nearest = nearest or closest(key, paths)
    if nearest is None:
        sections = dict.fromkeys(field.path[0] for field in entries)
        return ConfigError(
            t("unknown key '{key}'; there are: {known}", key=key, known=listed(sections))
        )
    return ConfigError(
        t("unknown key '{key}', did you mean '{suggestion}'?", key=key, suggestion=nearest)
    )


def _tags_by_path(entries: list[FieldEntry]) -> dict[str, list[str]]:
    """The tags that each union's tag key takes."""
    tags: dict[str, list[str]] = {}
    for field in entries:
        if field.tag is not None and field.path[-1] == field.tag_key:
            tags.setdefault(field.dotted, []).append(format_value(field.tag))
    return tags


def _paragraph(field: FieldEntry, tags: dict[str, list[str]]) -> str:
    is_tag = field.tag is not None and field.path[-1] == field.tag_key
    facts = one_of(tags[field.dotted]) if is_tag else field_phrase(field.info)
    if field.default is PydanticUndefined:
        facts = t("{facts}; required", facts=facts)
    elif not isinstance(field.default, Config):
        shown = t("not set") if field.default is None else short_value(field.default)
        facts = t("{facts}; default {default}", facts=facts, default=shown)
    if field.tag is not None and not is_tag:
        condition = f"{field.tag_key} = {format_value(field.tag)}"
        facts = t("{facts}; only with {condition}", facts=facts, condition=condition)
    lines = [f"{field.dotted}: {facts}"]
    documentation = " ".join((field.info.description or "").split())
    if documentation:
        lines += textwrap.wrap(
            documentation, _WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    return "\n".join(lines)
