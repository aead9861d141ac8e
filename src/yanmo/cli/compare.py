"""`yanmo compare`: several models under one budget."""

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
    """Add the command to `app`."""
    app.command(help=t("Train several models under one budget on the same tokens, and compare."))(
        compare
    )


def compare(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    models: Annotated[
        str, typer.Option("--models", help=t("Names with commas between them; ngram is one."))
    ] = "ngram,ffn,rnn,lstm,gru,cnn,gpt2,qwen3",
    budget: Annotated[
        str,
        typer.Option("--budget", help=t("Of each model: 60s, 5min, 1h; 2Mtok; 1e13flops.")),
    ] = "60s",
    out: OutOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare models, print the table and write the page."""
    from yanmo.core.console import Console
    from yanmo.pipeline.compare.budget import parse_budget
    from yanmo.pipeline.compare.compare import PAGE_NAME
    from yanmo.pipeline.compare.compare import compare as compare_models
    from yanmo.pipeline.compare.names import parse_models
    from yanmo.pipeline.compare.table import format_comparison
    from yanmo.pipeline.life import load_recipe

    parsed_budget = parse_budget(budget)
    loaded = load_recipe(recipe, overrides or [])
    candidates = parse_models(models.split(","), baseline_order=loaded.evaluate.baseline_order)
    try:
        result = compare_models(
            loaded,
            *(overrides or []),
            candidates=candidates,
            budget=parsed_budget,
            out=out,
            console=Console(is_quiet=quiet),
        )
    except Interrupted as stop:
        command = shlex.join(["yanmo", *sys.argv[1:]])
        raise Interrupted(stop.what, hint=t("Go on with: {command}", command=command)) from stop
    if as_json:
        print(json.dumps(result.report, ensure_ascii=False))
    else:
        print(format_comparison(result.report))
        print()
        print(t("page: {path}", path=result.run_dir / PAGE_NAME))
    if result.failures:
        raise typer.Exit(1)
