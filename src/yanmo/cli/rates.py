"""`lr-find`: which learning rate suits a recipe."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from yanmo.cli.options import (
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    RecipeArgument,
)
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("lr-find", help=t("Sweep the learning rate over a recipe's data; suggest one."))(
        lr_find
    )


def lr_find(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    steps: Annotated[int, typer.Option("--steps", min=20, help=t("Steps of the sweep."))] = 100,
    low: Annotated[float, typer.Option("--low", help=t("The least rate that is tried."))] = 1e-6,
    high: Annotated[
        float, typer.Option("--high", help=t("The greatest rate that is tried."))
    ] = 1.0,
    out: OutOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train briefly while the learning rate grows, and look where the loss falls."""
    if not 0.0 < low < high:
        raise ConfigError(
            t("there is no range from {low} to {high}", low=low, high=high),
            where="--low, --high",
            hint=t("Give two rates above zero, the lower one first."),
        )
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.lr_find import find_learning_rate, format_rates

    found = find_learning_rate(
        load_recipe(recipe, overrides or []),
        out=out,
        num_steps=steps,
        low=low,
        high=high,
        console=Console(is_quiet=quiet or as_json),
    )
    if as_json:
        print(json.dumps(found.report, ensure_ascii=False))
    else:
        print(format_rates(found))
