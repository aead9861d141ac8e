"""`yanmo config`: recipes checked, shown and explained without running them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from yanmo.cli.options import OverridesArgument, RecipeArgument
from yanmo.cli.speech import CommandGroup
from yanmo.core.messages import t

ENTRIES = {
    "tasks": ("tasks", "[tasks.NAME]", "tasks", "tasks.NAME"),
    "corpus.sources": ("sources", "[[corpus.sources]]", "corpus.sources", "corpus.sources.0"),
}
"""Sections whose entries are of many kinds: the name of the kinds in `yanmo ls`, an entry as the
recipe writes it, and what is asked for the keys of one kind and of all."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(build_app(), name="config")


def build_app() -> typer.Typer:
    """The `config` commands."""
    app = typer.Typer(
        cls=CommandGroup,
        help=t("Check, show and explain recipes without running them."),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command(help=t("Find every mistake in a recipe."))(check)
    app.command(help=t("Print the resolved recipe as TOML."))(show)
    app.command(help=t("Print the JSON Schema of recipes."))(schema)
    app.command(help=t("Explain a key or a section: what it means, its default, its limits."))(
        explain
    )
    return app


def check(recipe: RecipeArgument, overrides: OverridesArgument = None) -> None:
    """Resolve a recipe and say that it is good."""
    from yanmo.pipeline.life import load_recipe

    load_recipe(recipe, overrides or [])
    print(t("{recipe}: no mistakes", recipe=recipe))


def show(recipe: RecipeArgument, overrides: OverridesArgument = None) -> None:
    """Print a recipe with every default filled in."""
    from yanmo.core.toml_text import to_toml
    from yanmo.pipeline.life import load_recipe

    print(to_toml(load_recipe(recipe, overrides or [])), end="")


def schema() -> None:
    """Print the JSON Schema."""
    from yanmo.core.reference import json_schema
    from yanmo.pipeline.recipe import Recipe

    print(json.dumps(json_schema(Recipe), ensure_ascii=False, indent=2))


def explain(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help=t("Such as pretrain.steps, or a section."))
    ] = "",
) -> None:
    """Explain one key, a section, or everything; of entries of many kinds the kinds first."""
    from yanmo.core.reference import explain_key
    from yanmo.pipeline.recipe import Recipe

    print(_kinds_of_entries(*ENTRIES[key]) if key in ENTRIES else explain_key(Recipe, key))


def _kinds_of_entries(parts: str, section: str, kinds: str, everything: str) -> str:
    """What kinds of entries there are, a line each, and how to ask for the keys of one."""
    from yanmo.pipeline.parts import known_parts

    described = known_parts()[parts]
    width = max(map(len, described))
    return "\n".join(
        [
            t("{section} has one of these kinds, as kind = ...:", section=section),
            *(f"  {kind:{width}}  {text}" for kind, text in described.items()),
            t(
                "The keys of one kind: {command}",
                command=f"yanmo config explain {kinds}.{[*described][1]}",
            ),
            t("The keys of all kinds: {command}", command=f"yanmo config explain {everything}"),
        ]
    )
