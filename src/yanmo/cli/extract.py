"""`yanmo extract`: the fields of a schema from every row of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from yanmo.cli.options import QuietOption
from yanmo.cli.predict import device_of
from yanmo.cli.row_options import (
    DeviceOption,
    ForceOption,
    FormatOption,
    ModelArgument,
    NoHeaderOption,
    PromptOption,
    RowsArgument,
    RowsOutOption,
    TextColumnOption,
)
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

SchemaOption = Annotated[
    Path,
    typer.Option(
        "--schema",
        help=t("A .toml or .json file that says which fields there are, and how each is found."),
    ),
]
ExtractedColumnOption = Annotated[
    str, typer.Option("--column", help=t("Name of the column that holds the fields."))
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Extract the fields of a schema from every row of a file."))(extract)


def extract(
    model: ModelArgument,
    schema: SchemaOption,
    file: RowsArgument = None,
    prompt: PromptOption = None,
    out: RowsOutOption = None,
    force: ForceOption = False,
    text_column: TextColumnOption = None,
    column: ExtractedColumnOption = "fields",
    row_format: FormatOption = None,
    no_header: NoHeaderOption = False,
    device: DeviceOption = "auto",
    quiet: QuietOption = False,
) -> None:
    """Print the fields of each row as a line of JSON, or write the rows with them."""
    where = "yanmo extract"
    if (file is None) == (prompt is None):
        raise ConfigError(t("give either a file or one text with -p"), where=where)
    if prompt is not None and out is not None:
        raise ConfigError(t("the prediction of one text is printed, not written"), where="--out")

    from yanmo.core.console import Console
    from yanmo.pipeline.extract import run
    from yanmo.pipeline.extract.schema import read_schema
    from yanmo.pipeline.predict import output, table
    from yanmo.pipeline.predict.run import write_predictions

    wanted = read_schema(schema)
    console = Console(is_quiet=quiet)
    if prompt is not None:
        extractor = run.open_extractor(model, wanted, device_of(device))
        (fields,) = run.extract_rows(extractor, [prompt], console)
        print(json.dumps({"text": prompt, column: fields}, ensure_ascii=False))
        return
    assert file is not None, "one of the two was given"
    rows = table.read_table(file, row_format, has_header=not no_header)
    output.check_columns(rows, [column], column)
    if out is not None:
        output.check_destination(out, rows, is_forced=force)
    asks = table.asks_of(rows, asks_questions=False, text_column=text_column, second_column=None)
    texts = [ask.text if isinstance(ask.text, str) else " ".join(ask.text) for ask in asks]
    extractor = run.open_extractor(model, wanted, device_of(device))
    found = [{column: own} for own in run.extract_rows(extractor, texts, console)]
    if out is not None:
        write_predictions(out, rows, asks, found, console)
        return
    for number, own in enumerate(found):
        print(output.json_line(rows, number, own))
