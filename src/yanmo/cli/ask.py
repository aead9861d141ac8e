"""`yanmo ask`: a question answered from a text, with the sentence that says so."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from yanmo.cli.options import JsonOption
from yanmo.cli.row_options import DeviceOption
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Answer a question from a text, and name the sentence that says so."))(ask)


def ask(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
    ],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help=t("What is asked."))],
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help=t("File of the text; '-' reads standard input.")),
    ] = None,
    passage: Annotated[
        str | None, typer.Option("--passage", "-p", help=t("The text itself, instead of a file."))
    ] = None,
    is_quoting: Annotated[
        bool,
        typer.Option("--quote", help=t("The answer has to stand in the text word for word.")),
    ] = False,
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", min=1, help=t("Longest answer."))
    ] = 48,
    threshold: Annotated[
        float, typer.Option(help=t("Least log-odds of an answer against 'no answer'."))
    ] = 0.0,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Print the answer, and the sentence that it comes from."""
    if (file is None) == (passage is None):
        raise ConfigError(t("give either a file or a text with -p"), where="yanmo ask")

    from yanmo.cli.predict import device_of
    from yanmo.core.console import Console
    from yanmo.pipeline.predict.ask import AskOptions, ask_model, read_passage

    text = passage if passage is not None else read_passage(file or "-")
    options = AskOptions(is_quoting, max_new_tokens, threshold)
    found = ask_model(model, question, text, options, device_of(device))
    if found.num_left_out:
        Console().warn(
            t(
                "the text is longer than the model reads: {count:,} of its"
                " {count:sentence is|sentences are} not read",
                count=found.num_left_out,
            )
        )
    if as_json:
        print(json.dumps({"question": question, **asdict(found)}, ensure_ascii=False))
        return
    print(found.answer or t("(no answer)"))
    if found.source is not None:
        print("  " + t("from: {sentence}", sentence=" ".join(found.source.text.split())))
    elif found.answer:
        print("  " + t("no sentence of the text says this"))
