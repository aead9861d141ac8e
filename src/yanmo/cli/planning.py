"""Commands that say what a run will cost and give, before it is made: `scaling`."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Annotated

import typer

from yanmo.cli.options import (
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    RecipeArgument,
)
from yanmo.core.errors import Interrupted
from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(help=t("Fit a scaling law to small runs, and predict a larger one."))(scaling)


def scaling(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    sizes: Annotated[
        str, typer.Option("--sizes", help=t("Depths of the small models, with commas."))
    ] = "1,2,3",
    tokens: Annotated[
        str, typer.Option("--tokens", help=t("Training tokens of each, with commas."))
    ] = "150k,300k,600k",
    target: Annotated[
        int | None,
        typer.Option(
            "--target", min=1, help=t("Depth of the model to predict; chosen unless told.")
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help=t("Make the predicted run too, and compare."))
    ] = False,
    out: OutOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make small runs, fit the law, predict."""
    from yanmo.core.console import Console
    from yanmo.pipeline.life import load_recipe
    from yanmo.pipeline.scaling.experiment import PAGE_NAME, run_scaling
    from yanmo.pipeline.scaling.grid import parse_lengths, parse_sizes
    from yanmo.pipeline.scaling.table import format_scaling

    depths, lengths = parse_sizes(sizes), parse_lengths(tokens)
    try:
        result = run_scaling(
            load_recipe(recipe, overrides or []),
            sizes=depths,
            lengths=lengths,
            target_depth=target,
            is_checked=check,
            out=out,
            console=Console(is_quiet=quiet),
        )
    except Interrupted as stop:
        command = shlex.join(["yanmo", *sys.argv[1:]])
        raise Interrupted(stop.what, hint=t("Go on with: {command}", command=command)) from stop
    if as_json:
        print(json.dumps(result.report, ensure_ascii=False))
        return
    print(format_scaling(result.report))
    print()
    print(t("page: {path}", path=result.run_dir / PAGE_NAME))
