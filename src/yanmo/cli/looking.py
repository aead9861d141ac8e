"""Commands that only look: `ls`, `doctor`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from yanmo.cli.options import JsonOption, unknown_name
from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("ls", help=t("What there is: recipes, models, sources, optimisers."))(list_parts)
    app.command(help=t("What this machine can do."))(doctor)


def list_parts(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=t("One kind only, such as recipes."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List what can be named in a recipe."""
    from yanmo.pipeline.parts import known_parts

    parts = known_parts()
    if kind and kind not in parts:
        raise unknown_name(t("there is no kind '{name}'", name=kind), kind, parts)
    chosen = {name: rows for name, rows in parts.items() if not kind or name == kind}
    if as_json:
        print(json.dumps(chosen, ensure_ascii=False))
        return
    for name, rows in chosen.items():
        print(f"{name}:")
        for part, text in rows.items():
            print(f"  {part:22} {text}")


def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine has, and what follows from it."""
    from yanmo.pipeline.machine import examine_machine

    rows = examine_machine()
    if as_json:
        print(json.dumps([row.__dict__ for row in rows], ensure_ascii=False))
        return
    for row in rows:
        print(f"[{'ok' if row.is_good else '--'}] {row.name:16} {row.found}")
        if row.advice:
            print(f"     {row.advice}")
