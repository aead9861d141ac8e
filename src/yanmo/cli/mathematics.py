"""The command `math`: worked examples of what a model computes, with every number."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from yanmo.cli.options import JsonOption, unknown_name
from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("math", help=t("Worked examples of what a model computes, with every number."))(
        print_examples
    )


def print_examples(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=t("One example only, such as attention."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Compute and print the examples."""
    from dataclasses import asdict

    from yanmo.pipeline.worked_examples import NAMES

    if name and name not in NAMES:
        raise unknown_name(t("there is no example '{name}'", name=name), name, NAMES)
    from yanmo.pipeline.worked_examples.catalogue import EXAMPLES
    from yanmo.pipeline.worked_examples.example import format_example

    chosen = {known: EXAMPLES[known]() for known in ([name] if name else NAMES)}
    if as_json:
        rows = {known: asdict(example) for known, example in chosen.items()}
        print(json.dumps(rows, ensure_ascii=False))
        return
    for known, example in chosen.items():
        print(format_example(known, example))
