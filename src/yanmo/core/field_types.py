"""What a field of a configuration model accepts, read from its annotation.

In comes a `Config` class or a field of one; out come its alternatives, its item and value types,
and the class that a table with a given tag selects. Knows annotations, nothing of files or errors.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from yanmo.core.config import Config

KeyPath = tuple[str | int, ...]

_LISTS = (list, tuple, set, frozenset, Sequence)


@dataclass(frozen=True)
class FieldType:
    """The alternatives that a field accepts.

    Args:
        members: the alternatives, without None and without `Annotated`.
        allows_none: whether None is one more alternative.
        tag_key: the key that says which member a table is, where the union has one.
        default: the field's default, `PydanticUndefined` where it has none.
    """

    members: tuple[Any, ...]
    allows_none: bool = False
    tag_key: str | None = None
    default: Any = PydanticUndefined

    @property
    def models(self) -> list[type[Config]]:
        """The alternatives that are tables."""
        return [member for member in self.members if is_model(member)]

    @property
    def literals(self) -> list[Any]:
        """The words of all `Literal` and `Enum` alternatives."""
        return [word for member in self.members for word in words_of(member)]


def words_of(member: Any) -> list[Any]:
    """The values that a `Literal` or an `Enum` consists of; none for any other type."""
    if get_origin(member) is Literal:
        return list(get_args(member))
    if isinstance(member, type) and issubclass(member, Enum):
        return [choice.value for choice in member]
    return []


def is_model(annotation: Any) -> TypeGuard[type[Config]]:
    """Whether `annotation` is a configuration class."""
    return isinstance(annotation, type) and issubclass(annotation, Config)


def type_of(annotation: Any) -> FieldType:
    """The alternatives of an annotation, with unions, `Annotated` and aliases unfolded."""
    members, allows_none, tag_key = _unfold(annotation)
    return FieldType(tuple(members), allows_none, tag_key)


def type_of_field(info: FieldInfo) -> FieldType:
    """The alternatives of a model's field, and its default."""
    members, allows_none, tag_key = _unfold(info.annotation)
    if isinstance(info.discriminator, str):
        tag_key = info.discriminator
    return FieldType(tuple(members), allows_none, tag_key, _default_of(info))


def tags_of(model: type[Config], tag_key: str) -> list[str]:
    """The values of `tag_key` that select `model` in a union."""
    info = model.model_fields.get(tag_key)
    return [str(word) for word in type_of_field(info).literals] if info else []


def selected_models(field_type: FieldType, value: Any) -> list[type[Config]]:
    """The classes that the table `value` can be: one where its tag says so, else all."""
    models = field_type.models
    key = field_type.tag_key
    if key is not None and isinstance(value, Mapping) and key in value:
        return [model for model in models if value[key] in tags_of(model, key)]
    return models


def item_type(field_type: FieldType, index: int = 0) -> FieldType | None:
    """The type of a list's items, or None where the field is no list."""
    for member in field_type.members:
        origin = get_origin(member) or member
        if not (isinstance(origin, type) and issubclass(origin, _LISTS)) or origin is str:
            continue
        arguments = [a for a in get_args(member) if a is not Ellipsis]
        if not arguments:
            return FieldType((Any,))
        is_fixed = origin is tuple and Ellipsis not in get_args(member)
        return type_of(arguments[min(index, len(arguments) - 1)] if is_fixed else arguments[0])
    return None


def value_type(field_type: FieldType) -> FieldType | None:
    """The type of the values of a free table (`dict`), or None where the field is none."""
    for member in field_type.members:
        origin = get_origin(member) or member
        if isinstance(origin, type) and issubclass(origin, Mapping):
            arguments = get_args(member)
            return type_of(arguments[1]) if arguments else FieldType((Any,))
    return None


def child_type(field_type: FieldType, key: str | int, value: Any) -> FieldType | None:
    """The type of the entry `key` of the table or list `value`; None where there is no such key."""
    if isinstance(key, int) and not isinstance(value, Mapping):
        return item_type(field_type, key)
    for model in selected_models(field_type, value):
        if key in model.model_fields:
            return type_of_field(model.model_fields[str(key)])
    return value_type(field_type)


def joined_type(types_: Sequence[FieldType]) -> FieldType:
    """What a key may hold that several tables have, each with its own type."""
    if len(types_) == 1:
        return types_[0]
    members = [member for one in types_ for member in one.members]
    return FieldType(tuple(members), any(one.allows_none for one in types_))


def reads_itself(model: type[Config], key: str) -> bool:
    """Whether the class reads this field's raw value in its own way, before its type is asked."""
    own = (BeforeValidator, PlainValidator, WrapValidator)
    if any(isinstance(extra, own) for extra in model.model_fields[key].metadata):
        return True
    return any(
        key in decorator.info.fields and decorator.info.mode in ("before", "wrap", "plain")
        for decorator in model.__pydantic_decorators__.field_validators.values()
    )


def type_at(model: type[Config], path: KeyPath, values: Any) -> FieldType | None:
    """The type of the field at `path`; `values` says which members of unions are meant."""
    found: FieldType | None = FieldType((model,))
    value = values
    for key in path:
        if found is None:
            return None
        found = child_type(found, key, value)
        value = entry(value, key)
    return found


def entry(value: Any, key: str | int) -> Any:
    """`value[key]` of a table, a list or a configuration object; None where there is none."""
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list | tuple) and isinstance(key, int):
        return value[key] if 0 <= key < len(value) else None
    if isinstance(value, Config):
        return getattr(value, str(key), None)
    return None


def accepted_scalars(field_type: FieldType) -> set[type] | None:
    """The Python types of the plain values a field takes, or None where that cannot be told.

    A whole number is accepted where a number is wanted; nothing else is converted.
    """
    accepted: set[type] = set()
    for member in field_type.members:
        origin = get_origin(member) or member
        if member is float:
            accepted |= {int, float}
        elif member in (int, bool, str):
            accepted.add(member)
        elif words := words_of(member):
            accepted |= {type(word) for word in words}
        elif isinstance(origin, type) and issubclass(origin, PurePath):
            accepted.add(str)
        elif not (is_model(member) or _is_container(origin)):
            return None
    return accepted


def _is_container(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, (*_LISTS, Mapping))


def _default_of(info: FieldInfo) -> Any:
    if info.default_factory is not None and info.default_factory_takes_validated_data:
        return PydanticUndefined
    return info.get_default(call_default_factory=True)


def _unfold(annotation: Any) -> tuple[list[Any], bool, str | None]:
    """Members, whether None is among them, and the tag key of the union, if it has one."""
    if get_origin(annotation) is Annotated:
        inner, *extras = get_args(annotation)
        members, allows_none, tag_key = _unfold(inner)
        for extra in extras:
            key = getattr(extra, "discriminator", None)
            tag_key = key if isinstance(key, str) else tag_key
        return members, allows_none, tag_key
    if hasattr(annotation, "__value__"):
        return _unfold(annotation.__value__)
    if annotation is None or annotation is types.NoneType:
        return [], True, None
    if get_origin(annotation) in (Union, types.UnionType):
        return _unfold_union(get_args(annotation))
    return [annotation], False, None


def _unfold_union(arguments: Sequence[Any]) -> tuple[list[Any], bool, str | None]:
    members: list[Any] = []
    allows_none = False
    tag_key: str | None = None
    for argument in arguments:
        inner, inner_none, inner_key = _unfold(argument)
        members.extend(inner)
        allows_none = allows_none or inner_none
        tag_key = inner_key or tag_key
    return members, allows_none, tag_key


@dataclass(frozen=True)
class FieldEntry:
    """One field of a model or of a model inside it.

    Args:
        path: its keys; `0` stands for any entry of a list, `NAME` for any key of a free table.
        info: pydantic's description of it.
        default: what leaving it out means, `PydanticUndefined` where it is required.
        tag_key: where the field belongs to a member of a union: the key that selects the member,
        tag: and its value.
    """

    path: tuple[str, ...]
    info: FieldInfo
    default: Any
    tag_key: str | None = None
    tag: str | None = None

    @property
    def dotted(self) -> str:
        """The path as it is written in an override."""
        return ".".join(self.path)


def walk_fields(model: type[Config]) -> Iterator[FieldEntry]:
    """Every field of `model`, sections before their fields, all members of unions included.

    A class that contains itself is entered once on each path.
    """
    yield from _walk_type(FieldType((model,)), (), ())


def default_in(default: Any, model: type[Config], name: str) -> Any:
    """What leaving `name` out of a table of class `model` means.

    A table that is the default of its own field hands its values down to what is left out.
    """
    if isinstance(default, model) and name in default.model_fields_set:
        return getattr(default, name)
    return type_of_field(model.model_fields[name]).default


def _walk_type(
    field_type: FieldType, path: tuple[str, ...], above: tuple[type[Config], ...]
) -> Iterator[FieldEntry]:
    tag_key = field_type.tag_key
    for model in field_type.models:
        if model in above:
            continue
        tag = next(iter(tags_of(model, tag_key)), None) if tag_key else None
        for name, info in model.model_fields.items():
            default = default_in(field_type.default, model, name)
            if tag is not None and name == tag_key:
                default = getattr(field_type.default, name, PydanticUndefined)
            here = (*path, name)
            yield FieldEntry(here, info, default, tag_key, tag)
            inner = replace(type_of_field(info), default=default)
            yield from _walk_type(inner, here, (*above, model))
    for entry_type, key in ((item_type(field_type), "0"), (value_type(field_type), "NAME")):
        if entry_type is not None:
            yield from _walk_type(entry_type, (*path, key), above)
