"""`yanmo predict`: what a model says of every row of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from yanmo.cli.options import JsonOption, QuietOption
from yanmo.cli.row_options import (
    AskedArgument,
    ColumnOption,
    DeviceOption,
    ForceOption,
    FormatOption,
    GlossaryOption,
    HeadOption,
    KeepOption,
    LongTextOption,
    MaxNewTokensOption,
    MaxTokensOption,
    MinNewTokensOption,
    ModelArgument,
    NoHeaderOption,
    NumBeamsOption,
    OverlapOption,
    PromptOption,
    RowsOutOption,
    SecondColumnOption,
    SecondOption,
    TextColumnOption,
    ThresholdOption,
)
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

MAX_SOURCE_RATIO = 3.0
"""A target that is three times as long as its source has lost its way."""
if TYPE_CHECKING:
    from yanmo.core.config import Config  # loads pydantic

Settings = TypeVar("Settings", bound="Config")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Ask a model about every row of a file."))(predict)


def predict(
    model: ModelArgument,
    file: AskedArgument = None,
    prompt: PromptOption = None,
    second: SecondOption = None,
    out: RowsOutOption = None,
    force: ForceOption = False,
    text_column: TextColumnOption = None,
    second_column: SecondColumnOption = None,
    column: ColumnOption = "prediction",
    row_format: FormatOption = None,
    no_header: NoHeaderOption = False,
    head: HeadOption = None,
    long_text: LongTextOption = None,
    max_tokens: MaxTokensOption = None,
    overlap_tokens: OverlapOption = None,
    keep: KeepOption = None,
    threshold: ThresholdOption = None,
    max_new_tokens: MaxNewTokensOption = None,
    min_new_tokens: MinNewTokensOption = None,
    num_beams: NumBeamsOption = None,
    glossary: GlossaryOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print or write the predictions."""
    if (file is None) == (prompt is None):
        raise ConfigError(t("give either a file or one text with -p"), where="yanmo predict")
    _refuse_without_effect(file, second, out, as_json)
    lengths = {"long_text": long_text, "max_tokens": max_tokens}
    lengths |= {"overlap_tokens": overlap_tokens, "keep": keep}
    writing = {"max_new_tokens": max_new_tokens, "num_beams": num_beams}
    writing |= {"min_new_tokens": min_new_tokens}
    others = {"head": head, "threshold": threshold, "glossary": glossary}

    from yanmo.core.console import Console
    from yanmo.inference.writing_config import WritingConfig
    from yanmo.pipeline.predict import output, run, table
    from yanmo.tokens.length_config import LengthConfig

    length = _given(lengths)
    _checked(LengthConfig, length)
    options = run.PredictOptions(
        head=head,
        length=length,
        threshold=threshold or 0.0,
        writing=_checked(WritingConfig, {"max_source_ratio": MAX_SOURCE_RATIO} | _given(writing)),
        glossary=glossary,
        given=frozenset(f"--{n.replace('_', '-')}" for n in _given(lengths | writing | others)),
    )
    console = Console(is_quiet=quiet)
    if prompt is not None:
        work = run.open_work(model, options, device_of(device))
        ask = table.Ask(prompt, second)
        _check_passage(work.asks_questions, second)
        (fields,) = run.predict_asks(work, [ask], column, console)
        if as_json:
            print(json.dumps({"text": prompt, **fields}, ensure_ascii=False))
        else:
            output.print_table([ask], [fields])
        return
    assert file is not None, "one of the two was given"
    rows = table.read_table(file, row_format, has_header=not no_header)
    if out is not None:
        output.check_destination(out, rows, is_forced=force)
    work = run.open_work(model, options, device_of(device))
    asks, found = run.predict_table(
        work, rows, column, console, text_column=text_column, second_column=second_column
    )
    if as_json:
        for number, own in enumerate(found):
            print(output.json_line(rows, number, own))
    else:
        run.write_predictions(out, rows, asks, found, console)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _refuse_without_effect(
    file: str | None, second: str | None, out: Path | None, as_json: bool
) -> None:
    if file is not None and second is not None:
        raise ConfigError(
            t("a file names its second text by a column"),
            where="--second",
            hint=t("Use --second-column."),
        )
    if file is None and out is not None:
        raise ConfigError(t("the prediction of one text is printed, not written"), where="--out")
    if out is not None and as_json:
        raise ConfigError(t("--out and --json exclude each other"), where="--json")


def _check_passage(asks_questions: bool, second: str | None) -> None:
    if asks_questions and second is None:
        raise ConfigError(
            t("this model answers a question from a passage"),
            where="-p",
            hint=t("Give the passage with --second."),
        )


def device_of(name: str) -> Any:
    """The device that an option names.

    Raises:
        ConfigError: there is none of that name.
    """
    from typing import cast

    from yanmo.core.device import DeviceName, choose_device

    if name not in ("auto", "cpu", "cuda", "mps"):
        raise ConfigError(
            t("unknown device '{name}'", name=name), where="--device", hint="auto, cpu, cuda, mps"
        )
    return choose_device(cast(DeviceName, name))


def _checked(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """The settings; every option that is out of its range is told at once."""
    from pydantic import ValidationError

    from yanmo.core.recipe_problems import problems_of

    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, kind, values)
        raise ConfigError("\n".join(problem.message for problem in problems)) from error
