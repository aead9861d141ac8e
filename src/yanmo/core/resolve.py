"""A configuration class, a recipe file and overrides in; one validated configuration out.

Precedence: defaults, then the file, then `key=value`. Everything that is wrong is told at once,
each with its place and the nearest right spelling. Nothing is converted in silence: text is no
number and a truth value is no number; a whole number may stand where a number is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.field_types import (
    FieldType,
    KeyPath,
    accepted_scalars,
    default_in,
    item_type,
    joined_type,
    reads_itself,
    selected_models,
    type_of,
    type_of_field,
    value_type,
)
from yanmo.core.messages import t
from yanmo.core.overrides import apply_overrides
from yanmo.core.recipe_file import RecipeFile, find_recipe, read_recipe_file
from yanmo.core.recipe_problems import Problem, problems_of, wrong_value
from yanmo.core.reference import explain_key, field_paths, json_schema
from yanmo.core.requirements import type_phrase
from yanmo.core.toml_text import NONE_WORD, to_toml

__all__ = [
    "Difference",
    "PlacedProblem",
    "RecipeError",
    "diff_configs",
    "explain_key",
    "field_paths",
    "json_schema",
    "resolve_recipe",
    "to_toml",
]

C = TypeVar("C", bound=Config)

_NO_RECIPES: Mapping[str, Path] = {}


class PlacedProblem(NamedTuple):
    """One thing that is wrong: the dotted key, the place (`file:line`), and what is wrong."""

    key: str
    place: str
    message: str


class RecipeError(ConfigError):
    """Everything that is wrong with a recipe, a line for each problem."""

    def __init__(self, problems: Sequence[PlacedProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(
                t("{where}: {what}", where=problem.place, what=problem.message)
                for problem in problems
            )
        )


class Difference(NamedTuple):
    """One key whose value differs; None stands for a key that one side does not have."""

    path: str
    old: Any
    new: Any


def resolve_recipe(
    model_class: type[C],
    path: Path | None,
    overrides: Sequence[str] = (),
    *,
    known_recipes: Mapping[str, Path] = _NO_RECIPES,
) -> C:
    """Read, merge and validate a recipe.

    Args:
        model_class: what the recipe describes.
        path: a recipe file, or the bare name of one of `known_recipes`; None for defaults only.
        overrides: words of the form `key.path=value`; a later one wins.
        known_recipes: the shipped recipes by name.

    Raises:
        ConfigError: the file cannot be read; or `RecipeError` with everything that is wrong.
    """
    source = None
    if path is not None:
        source = read_recipe_file(find_recipe(path, known_recipes))
    values = source.values if source else {}
    set_paths, override_errors = apply_overrides(model_class, values, overrides)
    root = FieldType((model_class,))
    values = _fill_defaults(values, root)
    found: list[Problem] = []
    values = _settle(values, root, (), found)
    config: C | None = None
    try:
        config = model_class.model_validate(values)
    except ValidationError as error:
        told = {problem.path for problem in found}
        found += [
            problem
            for problem in problems_of(error, model_class, values)
            if not _is_told(problem.path, told)
        ]
    places = _Places(source, set_paths)
    placed = [places.place(problem) for problem in sorted(found, key=places.order)]
    command_line = t("command line")
    placed += [PlacedProblem("", command_line, message) for message in override_errors]
    if placed or config is None:
        raise RecipeError(placed)
    return config


def diff_configs(a: Config, b: Config) -> list[Difference]:
    """The keys in which two configurations differ, in the order of their fields."""
    old, new = _leaves(a), _leaves(b)
    return [
        Difference(path, old.get(path), new.get(path))
        for path in dict.fromkeys([*old, *new])
        if path not in old or path not in new or old[path] != new[path]
    ]


class _Places:
    """Knows where each key was written."""

    def __init__(self, source: RecipeFile | None, set_paths: Sequence[KeyPath]) -> None:
        self._source = source
        self._set_paths = {path: index for index, path in enumerate(set_paths)}

    def place(self, problem: Problem) -> PlacedProblem:
        return PlacedProblem(
            ".".join(map(str, problem.path)), self._name(problem.path), problem.message
        )

    def order(self, problem: Problem) -> tuple[int, int]:
        """File problems by line, then those of the command line in its order."""
        kind, line = self._find(problem.path)
        return (1 if kind == "override" else 0, line)

    def _name(self, path: KeyPath) -> str:
        kind, line = self._find(path)
        if self._source is None or kind == "override":
            return t("command line")
        return f"{self._source.path}:{line}" if line else str(self._source.path)

    def _find(self, path: KeyPath) -> tuple[str, int]:
        """Which source wrote the nearest key at or above `path`, and where in it.

        An override of a whole section or list hides what the file says inside it. A section that
        an override reached into is the command line's too: without it the file would stand.
        """
        for end in range(len(path), 0, -1):
            if path[:end] in self._set_paths:
                return "override", self._set_paths[path[:end]]
        inside = [
            index
            for set_path, index in self._set_paths.items()
            if path and set_path[: len(path)] == path
        ]
        if inside:
            return "override", inside[-1]
        lines = self._source.lines if self._source else {}
        for end in range(len(path), 0, -1):
            if path[:end] in lines:
                return "file", lines[path[:end]]
        return "file", 0


def _is_told(path: KeyPath, told: set[KeyPath]) -> bool:
    """Whether a problem at, above or below `path` has been told in our own words."""
    return any(
        path[: len(other)] == other or (len(path) > 0 and other[: len(path)] == path)
        for other in told
    )


def _fill_defaults(value: Any, field_type: FieldType) -> Any:
    """`value` over what the field's default table says, so that a part of it can be given.

    A default such as `optimizer = AdamW(lr=0.1)` keeps its kind and its `lr` when only another key
    of it is given; naming another kind leaves it behind.
    """
    if isinstance(value, list):
        items = item_type(field_type) or FieldType(())
        return [_fill_defaults(item, items) for item in value]
    if not isinstance(value, dict):
        return value
    values = value_type(field_type)
    if values is not None and not field_type.models:
        return {key: _fill_defaults(inner, values) for key, inner in value.items()}
    default = field_type.default
    key = field_type.tag_key
    table = dict(value)
    is_same = isinstance(default, Config) and type(default) in field_type.models
    if is_same and key is not None:
        is_same = value.get(key, getattr(default, key)) == getattr(default, key)
    if is_same:
        names = default.model_fields_set | ({key} if key is not None else set())
        inherited = {name: getattr(default, name) for name in names}
        table = {**inherited, **value}
    for model in selected_models(field_type, table)[:1]:
        for name in value.keys() & model.model_fields.keys():
            inner = type_of_field(model.model_fields[name])
            inner = replace(inner, default=default_in(default if is_same else None, model, name))
            table[name] = _fill_defaults(value[name], inner)
    return table


def _settle(value: Any, field_type: FieldType, path: KeyPath, found: list[Problem]) -> Any:
    """Read "none" as None where that is allowed; note values that pydantic would convert."""
    if value is None:
        is_empty_section = bool(field_type.models) and not field_type.allows_none
        return {} if is_empty_section else None
    if isinstance(value, dict):
        return _settle_table(value, field_type, path, found)
    if isinstance(value, list):
        return [
            _settle(item, item_type(field_type, index) or FieldType(()), (*path, index), found)
            for index, item in enumerate(value)
        ]
    if value == NONE_WORD and field_type.allows_none and NONE_WORD not in field_type.literals:
        return None
    if isinstance(value, str) and any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        found.append(Problem(path, wrong_value(path, value, t("valid Unicode"))))
    elif isinstance(value, bool | int | float | str):
        accepted = accepted_scalars(field_type)
        if accepted and type(value) not in accepted:
            found.append(Problem(path, _wrong_scalar(path, value, field_type)))
    return value


def _settle_table(
    table: dict[str, Any], field_type: FieldType, path: KeyPath, found: list[Problem]
) -> dict[str, Any]:
    models = selected_models(field_type, table)
    values = value_type(field_type)
    settled: dict[str, Any] = {}
    for key, value in table.items():
        owners = [model for model in models if key in model.model_fields]
        inner = values or FieldType(())
        if any(reads_itself(owner, key) for owner in owners):
            own = [type_of_field(owner.model_fields[key]) for owner in owners]
            inner = replace(type_of(Any), allows_none=any(one.allows_none for one in own))
        elif owners:
            inner = joined_type([type_of_field(owner.model_fields[key]) for owner in owners])
        settled[key] = _settle(value, inner, (*path, key), found)
    return settled


def _wrong_scalar(path: KeyPath, value: Any, field_type: FieldType) -> str:
    message = wrong_value(path, value, type_phrase(field_type))
    if isinstance(value, float) and value.is_integer() and int in field_type.members:
        return t("{message}; write {value}", message=message, value=int(value))
    return message


def _leaves(config: Config) -> dict[str, Any]:
    """Every plain value of a configuration by its dotted path."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", config)]
    while waiting:
        path, value = waiting.pop()
        inner: list[tuple[str, Any]] | None = None
        if isinstance(value, Config):
            inner = [(name, getattr(value, name)) for name in type(value).model_fields]
        elif isinstance(value, dict) and value:
            inner = [(str(key), entry) for key, entry in value.items()]
        elif isinstance(value, list | tuple) and any(isinstance(v, Config) for v in value):
            inner = [(str(index), entry) for index, entry in enumerate(value)]
        if inner is None:
            found[path] = value
            continue
        waiting += [(f"{path}.{key}" if path else key, entry) for key, entry in reversed(inner)]
    return found
