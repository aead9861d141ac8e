"""Commands that run a recipe: `demo`, `run`, `new`, and one command for each stage."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yanmo.cli import corpus, vectors
from yanmo.cli.options import (
    DryRunOption,
    JsonOption,
    OutOption,
    OverridesArgument,
    QuietOption,
    RecipeArgument,
    unknown_name,
)
from yanmo.core.errors import ConfigError, Interrupted
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.pipeline.recipe import Recipe  # loads pydantic

DEMO_RECIPE = "python_docs"
FILLING_FAMILIES = ("bert", "roberta", "glm")
"""Models that are made to fill blanks."""
MAX_NAME_CHARACTERS = 50
"""Of the name that a run gets from its text; at four bytes each it is still a file name."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(help=t("The whole life on Python's own documentation, or on your text."))(demo)
    app.command(help=t("Every stage of a recipe, skipping what is up to date."))(run)
    app.command(help=t("Copy a shipped recipe to edit."))(new)
    app.add_typer(corpus.build_app(_stage_command("corpus")), name="corpus")
    app.add_typer(vectors.build_app(_stage_command("word_vectors")), name="vectors")
    for name, text in (
        ("tokenizer", t("Learn the vocabulary.")),
        ("tokens", t("Encode the corpus into token shards.")),
        ("pretrain", t("Train the model.")),
        ("finetune", t("Teach the model the tasks of the recipe.")),
        ("evaluate", t("Measure the model on held-out documents.")),
    ):
        whole = t("{what} Runs earlier stages that are not up to date.", what=text)
        app.command(name, help=whole, short_help=text)(_stage_command(name))


def demo(
    overrides: OverridesArgument = None,
    text: Annotated[
        list[str] | None,
        typer.Option(
            "--text", metavar="PATH", help=t("Train on this file or folder; may be repeated.")
        ),
    ] = None,
    out: OutOption = None,
    quiet: QuietOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run the shipped recipe from raw text to report."""
    from yanmo.core.toml_text import format_value

    settings: list[str] = []
    if text:
        settings.append(f"name={format_value(_run_name(text[0]))}")
        source = {"kind": "files", "paths": text}
        settings.append(f"corpus.sources={format_value([source])}")
        settings.append("pretrain.sample_prompts=none")
        settings += ["finetune={}", "tasks={}"]  # they are of Python's documentation
    _run(DEMO_RECIPE, [*settings, *(overrides or [])], out, None, quiet, dry_run, as_json)


def run(
    recipe: RecipeArgument,
    overrides: OverridesArgument = None,
    out: OutOption = None,
    quiet: QuietOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run all stages of a recipe."""
    _run(recipe, overrides or [], out, None, quiet, dry_run, as_json)


def new(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help=t("Name of a shipped recipe: see `yanmo ls`."))
    ],
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help=t("Where to; NAME.toml unless told."))
    ] = None,
) -> None:
    """Copy a shipped recipe."""
    from yanmo.pipeline.recipe import shipped_recipes

    recipes = shipped_recipes()
    if recipe not in recipes:
        what = t("there is no shipped recipe '{name}'", name=recipe)
        raise unknown_name(what, recipe, recipes)
    file_name = recipes[recipe].name
    target = path or Path(file_name)
    if target.is_dir():
        target = target / file_name
    if target.exists():
        raise ConfigError(
            t("this file exists already"),
            where=str(target),
            hint=t("Give another path: yanmo new {name} PATH", name=recipe),
        )
    try:
        target.write_bytes(recipes[recipe].read_bytes())
    except OSError as error:
        raise ConfigError(
            t("this file cannot be written"), where=str(target), why=error.strerror or str(error)
        ) from error
    print(t("wrote {path}; edit it, then: yanmo run {path}", path=target))


def _stage_command(name: str):  # type: ignore[no-untyped-def]  # typer reads the signature
    def command(
        recipe: RecipeArgument,
        overrides: OverridesArgument = None,
        out: OutOption = None,
        quiet: QuietOption = False,
        dry_run: DryRunOption = False,
        as_json: JsonOption = False,
    ) -> None:
        _run(recipe, overrides or [], out, name, quiet, dry_run, as_json)

    return command


def _run(
    recipe_name: str,
    overrides: list[str],
    out: Path | None,
    until: str | None,
    quiet: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    from yanmo.core.console import Console
    from yanmo.pipeline.life import check_before_running, inspect_stages, load_recipe
    from yanmo.pipeline.life import run as run_recipe
    from yanmo.pipeline.stages import stages_of

    recipe = load_recipe(recipe_name, overrides)
    if dry_run:
        run_dir = out or Path("runs") / recipe.name
        stages = stages_of(recipe, until)
        states = inspect_stages(recipe, run_dir, stages)
        check_before_running(states, recipe, run_dir)
        if as_json:
            print(json.dumps({state.stage.name: state.reason for state in states}))
        else:
            width = max(12, *(len(state.stage.name) for state in states))
            for state in states:
                print(f"{state.stage.name:{width}} {state.reason or t('up to date')}")
        return
    try:
        result = run_recipe(recipe, out=out, until=until, console=Console(is_quiet=quiet))
    except Interrupted as stop:
        command = shlex.join(["yanmo", *sys.argv[1:]])
        raise Interrupted(stop.what, hint=t("Go on with: {command}", command=command)) from stop
    if as_json:
        print(
            json.dumps(
                {
                    "run_dir": str(result.run_dir),
                    "ran": result.ran,
                    "up_to_date": result.up_to_date,
                }
            )
        )
    elif not quiet:
        fills_blanks = recipe.model.family in FILLING_FAMILIES
        tuned = [*recipe.finetune] if until in (None, "finetune", "evaluate") else []
        _print_result(
            result.run_dir,
            result.ran,
            until,
            fills_blanks=fills_blanks,
            has_base=recipe.needs_pretraining,
            tuned=tuned,
            predictions=[*_predictions(recipe, result.run_dir, tuned)],
        )


def _predictions(
    recipe: Recipe, run_dir: Path, sections: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The name of each task that was tuned for, and the command that asks its model."""
    from yanmo.pipeline.predict.command import predict_command

    for section in sections:
        names = recipe.finetune[section].task_names(section)
        for name in names:
            head = name if len(names) > 1 else None
            folder = run_dir / "finetune" / section
            command = predict_command(folder, recipe.tasks[name].kind, head)
            yield section if head is None else name, command


def _print_result(
    run_dir: Path,
    ran: tuple[str, ...],
    until: str | None,
    *,
    fills_blanks: bool,
    has_base: bool,
    tuned: Sequence[str],
    predictions: Sequence[tuple[str, str]],
) -> None:
    if not ran:
        print(t("everything in {path} is up to date", path=run_dir))
    _print_outcomes(run_dir, [f"finetune/{name}" for name in tuned])
    if until is None:
        print(t("report: {path}", path=run_dir / "report.html"))
    if until is None and has_base:
        model = shlex.quote(str(run_dir / "pretrain" / "model"))
        if fills_blanks:
            print(t("fill blanks with it: {command}", command=f'yanmo fill {model} -p "... ____"'))
        else:
            print(t("write with the model: {command}", command=f'yanmo generate {model} -p "..."'))
    for name, command in predictions:
        print(t("{task}: {command}", task=name, command=command))


def _print_outcomes(run_dir: Path, sections: Sequence[str]) -> None:
    """What came of each task that was tuned for, a line each."""
    from yanmo.pipeline.task_outcomes import task_outcomes

    for outcome in task_outcomes(run_dir, sections) if sections else []:
        print(t("{where}: {what}", where=outcome.name, what=outcome.line()))


def _run_name(path: str) -> str:
    """A name for a run on this text that any file system takes."""
    stem = Path(path).resolve().name.split(".")[0][:MAX_NAME_CHARACTERS]
    return "".join(c if c.isprintable() and c != "\\" else "_" for c in stem) or "text"
