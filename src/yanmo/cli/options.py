"""Arguments that several commands share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest

RecipeArgument = Annotated[
    str,
    typer.Argument(metavar="RECIPE", help=t("A recipe file, or the name of a shipped recipe.")),
]
OverridesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY=VALUE", help=t("Settings that win over the recipe.")),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help=t("Folder of the run; runs/NAME unless told."))
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help=t("Print warnings only."))]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help=t("Say what would run, and run nothing."))
]
JsonOption = Annotated[bool, typer.Option("--json", help=t("Print the result as JSON."))]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmMgGtT]?)[bB]")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def parse_bytes(size: str, option: str) -> int:
    """The bytes that a size such as `500MB` or `2GB` stands for.

    Raises:
        ConfigError: it is no size; `option` is where it was given.
    """
    match = _SIZE.fullmatch(size.strip())
    num_bytes = int(float(match[1]) * _UNITS[match[2].lower()]) if match else 0
    if num_bytes < 1:
        raise ConfigError(
            t("'{size}' is no size", size=size),
            where=option,
            hint=t("Write it like 500MB or 2GB."),
        )
    return num_bytes


def unknown_name(what: str, name: str, known: Iterable[str]) -> ConfigError:
    """The error for a name that is not among `known`, with the nearest one."""
    names = list(known)
    suggestion = closest(name, names)
    hint = t("There are: {names}.", names=listed(names))
    if suggestion:
        hint = t("Did you mean '{name}'?", name=suggestion)
    return ConfigError(what, hint=hint)
