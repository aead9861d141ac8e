"""A recipe's path or name in; its nested values and the line of every key out.

Reads TOML and YAML, told apart by the suffix. Knows where recipes are looked for, nothing of what
their keys mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.errors import ConfigError
from yanmo.core.field_types import KeyPath
from yanmo.core.messages import listed, t
from yanmo.core.recipe_toml import lines_of_toml, nests_too_deep, read_toml
from yanmo.core.suggest import closest

SUFFIXES = (".toml", ".yaml", ".yml")
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class RecipeFile:
    """What a recipe file says. `lines` maps the path of a key to its line, from 1."""

    path: Path
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]


def find_recipe(path: Path, known_recipes: Mapping[str, Path]) -> Path:
    """The file that `path` means: a file, or the bare name of a known recipe.

    Raises:
        ConfigError: there is neither; suggests the nearest name.
    """
    try:
        if path.is_file():
            return path
        if str(path) in known_recipes:
            return known_recipes[str(path)]
        if path.is_dir():
            raise ConfigError(
                t("this is a folder, not a recipe"), where=str(path), hint=_hint_in_folder(path)
            )
        if path.exists():
            return path
        suggestion = _nearest_recipe(path, known_recipes)
    except OSError as error:  # a name too long, or a folder that may not be read
        raise ConfigError(
            t("cannot read this recipe"), where=str(path), why=error.strerror or str(error)
        ) from error
    hint = t("Did you mean '{suggestion}'?", suggestion=suggestion) if suggestion else None
    if hint is None and known_recipes:
        hint = t("Known recipes: {names}", names=listed(sorted(known_recipes)))
    raise ConfigError(t("there is no such recipe"), where=str(path), hint=hint)


def read_recipe_file(path: Path) -> RecipeFile:
    """Read a TOML or YAML file.

    Raises:
        ConfigError: the file cannot be read or understood; names the line where there is one.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(
            t("a recipe is a .toml, .yaml or .yml file, not '{suffix}'", suffix=path.suffix),
            where=str(path),
        )
    text = _read_text(path)
    values: Any
    try:
        if path.suffix.lower() == ".toml":
            values = read_toml(text, str(path))
            if nests_too_deep(values):
                raise _too_deep(path)
            lines = lines_of_toml(text)
        else:
            from yanmo.core.recipe_yaml import read_yaml

            values, lines = read_yaml(text, str(path))
    except RecursionError as error:
        raise _too_deep(path) from error
    if not isinstance(values, dict):
        raise ConfigError(
            t("a recipe is a table of sections, not a list or a single value"), where=str(path)
        )
    return RecipeFile(path, values, lines)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            t("cannot read this recipe"), where=str(path), why=error.strerror or str(error)
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(
            t("this file is too large for a recipe"),
            where=str(path),
            why=t("more than {count} bytes", count=MAX_BYTES),
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            t("this file is not UTF-8 text"),
            where=f"{path}:{line}",
            hint=t("Save it as UTF-8 in your editor."),
        ) from error
    if not text.strip():
        raise ConfigError(
            t("this recipe is empty"),
            where=str(path),
            hint=t("`yanmo new python_docs` writes a recipe to begin with."),
        )
    return text


def _too_deep(path: Path) -> ConfigError:
    return ConfigError(t("this recipe is nested or repeated beyond all measure"), where=str(path))


def _hint_in_folder(folder: Path) -> str:
    inside = folder / "recipe.toml"
    if inside.is_file():
        return t("Did you mean '{suggestion}'?", suggestion=inside)
    return t("Name a .toml or .yaml file, or a shipped recipe: `yanmo ls recipes` lists them.")


def _nearest_recipe(path: Path, known_recipes: Mapping[str, Path]) -> str | None:
    """The nearest recipe in the folder that was named, or the nearest known name."""
    neighbours: list[str] = []
    if path.parent.is_dir():
        neighbours = [
            entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in SUFFIXES
        ]
    # By stem: the endings that all recipes share make unlike names look alike.
    stems = {Path(name).stem: name for name in sorted(neighbours)}
    if nearest := closest(path.stem, stems):
        return str(path.parent / stems[nearest])
    return closest(path.name, known_recipes) or closest(path.stem, known_recipes)
