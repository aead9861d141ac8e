"""`yanmo sweep`: one recipe with several values, one table, and the best of them."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from yanmo.cli.options import DryRunOption, JsonOption, QuietOption
from yanmo.core.errors import ConfigError, Interrupted
from yanmo.core.messages import listed, t

DEMO_RECIPE = "python_docs"
_UNTIL = ("pretrain", "finetune", "evaluate")

RecipeOrWord = Annotated[
    str | None,
    typer.Argument(
        metavar="RECIPE",
        help=t("A recipe file, or the name of a shipped recipe; that of the demo unless told."),
    ),
]
ValuesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUES",
        help=t("What is varied: key=a,b,c or key=1e-4..1e-2; a single value is for all."),
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--out", help=t("Folder of the sweep; runs/NAME-sweep unless told.")),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="STAGE",
        help=t("pretrain, finetune, or evaluate, which then measures the best trial alone."),
    ),
]
RandomOption = Annotated[
    bool, typer.Option("--random", help=t("Draw combinations; ranges are always drawn from."))
]
TrialsOption = Annotated[
    int | None, typer.Option("--trials", min=1, help=t("So many are drawn; 10 unless told."))
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help=t("Of the drawing."))]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="FIGURE", help=t("The validation figure that decides.")),
]
WithinOption = Annotated[
    float,
    typer.Option(
        "--within", min=0.0, max=1.0, help=t("So much worse may the smallest be than the best.")
    ),
]
HalvingOption = Annotated[
    bool,
    typer.Option("--halving", help=t("A third of the training for all, all of it for a third.")),
]
HoursOption = Annotated[
    float | None, typer.Option("--max-hours", min=0.0, help=t("Begin no trial after so long."))
]
StopOption = Annotated[
    bool, typer.Option("--stop-on-error", help=t("End with the first trial that fails."))
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Run a recipe with several values, and pick the best by validation."))(sweep)


def sweep(
    recipe: RecipeOrWord = None,
    values: ValuesArgument = None,
    until: UntilOption = None,
    is_random: RandomOption = False,
    trials: TrialsOption = None,
    seed: SeedOption = 0,
    by: ByOption = None,
    within: WithinOption = 0.01,
    halving: HalvingOption = False,
    max_hours: HoursOption = None,
    stop_on_error: StopOption = False,
    out: FolderOption = None,
    quiet: QuietOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a sweep, print its table and say where the rest is."""
    if until is not None and until not in _UNTIL:
        raise ConfigError(
            t("there is no stage '{name}' to stop after", name=until),
            where="--until",
            hint=t("There are: {names}.", names=listed(_UNTIL)),
        )
    from yanmo.core.console import Console
    from yanmo.pipeline.sweep.plan import SweepOptions, plan_sweep
    from yanmo.pipeline.sweep.report import BEST_NAME, PAGE_NAME
    from yanmo.pipeline.sweep.sweep import run_sweep, unfinished_trials
    from yanmo.pipeline.sweep.table import format_sweep

    words = list(values or [])
    if recipe is None or "=" in recipe:
        words = [recipe, *words] if recipe else words
        recipe = DEMO_RECIPE
    options = SweepOptions(
        is_random=is_random,
        num_trials=trials,
        seed=seed,
        by=by,
        until=until,
        has_halving=halving,
        max_hours=max_hours,
        stops_on_error=stop_on_error,
        tolerance_frac=within,
    )
    plan = plan_sweep(recipe, words, options)
    folder = out if out is not None else plan.default_folder
    if dry_run:
        waiting = unfinished_trials(plan, folder)
        found = {
            trial.name: trial.error or ("" if trial.name in waiting else t("up to date"))
            for trial in plan.trials
        }
        if as_json:
            print(json.dumps(found, ensure_ascii=False))
            return
        for name, told in found.items():
            print(f"{name}  {told}".rstrip())
        return
    try:
        result = run_sweep(plan, out=folder, console=Console(is_quiet=quiet))
    except Interrupted as stop:
        command = shlex.join(["yanmo", *sys.argv[1:]])
        raise Interrupted(stop.what, hint=t("Go on with: {command}", command=command)) from stop
    if as_json:
        print(json.dumps(result.report, ensure_ascii=False))
    else:
        print(format_sweep(result.report))
        print()
        print(t("page: {path}", path=folder / PAGE_NAME))
        print(t("best recipe: {path}", path=folder / BEST_NAME))
    if result.has_failures:
        raise typer.Exit(1)
