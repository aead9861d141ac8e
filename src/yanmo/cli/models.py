"""Commands on a trained model: `generate`, `fill`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.inference.config import SamplingConfig
    from yanmo.inference.opened_folder import OpenedFolder


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(help=t("Continue a prompt with a trained model."))(generate)
    app.command(help=t("Fill the blanks of a text with a trained model."))(fill)


def generate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
    ],
    prompt: Annotated[
        str, typer.Option("--prompt", "-p", help=t("Text to continue; '-' reads standard input."))
    ] = "",
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", help=t("Longest continuation."))
    ] = 128,
    temperature: Annotated[float, typer.Option(help=t("0 takes the most probable token."))] = 0.8,
    top_k: Annotated[int | None, typer.Option(help=t("Keep the k most probable tokens."))] = None,
    top_p: Annotated[
        float | None,
        typer.Option(help=t("Keep the most probable tokens up to this sum.")),
    ] = None,
    min_p: Annotated[
        float | None,
        typer.Option(help=t("Keep tokens at least this fraction as probable as the best.")),
    ] = None,
    repetition_penalty: Annotated[
        float, typer.Option(help=t("Above 1 avoids tokens used already."))
    ] = 1.0,
    seed: Annotated[
        int | None, typer.Option(help=t("Makes the continuation reproducible."))
    ] = None,
    stop: Annotated[
        list[str] | None, typer.Option(help=t("End before this string; may be repeated."))
    ] = None,
    device: Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help=t("Print the result as JSON."))] = False,
) -> None:
    """Stream a continuation to standard output."""
    sampling = _sampling_of(
        {
            "max_new_tokens": max_new_tokens,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "repetition_penalty": repetition_penalty,
            "seed": seed,
            "stop": stop or [],
        }
    )
    if prompt == "-":
        prompt = sys.stdin.read()
    _write(model, prompt, sampling, device, as_json)


def fill(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help=t("A model folder: runs/NAME/pretrain/model."))
    ],
    prompt: Annotated[
        str,
        typer.Option(
            "--prompt",
            "-p",
            help=t("Text with blanks, each written as ____; '-' reads standard input."),
        ),
    ],
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", help=t("Longest filling of one blank."))
    ] = 16,
    temperature: Annotated[float, typer.Option(help=t("0 takes the most probable token."))] = 0.0,
    seed: Annotated[int | None, typer.Option(help=t("Makes the filling reproducible."))] = None,
    device: Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help=t("Print the result as JSON."))] = False,
) -> None:
    """Print the text with its blanks filled."""
    from yanmo.inference.fill import fill_text
    from yanmo.inference.opened_folder import open_folder

    settings = {"max_new_tokens": max_new_tokens, "temperature": temperature, "seed": seed}
    sampling = _sampling_of(settings)
    if prompt == "-":
        prompt = sys.stdin.read().rstrip("\n")
    opened = open_folder(model, device)
    filled = fill_text(opened.model, opened.tokenizer, prompt, sampling)
    if as_json:
        result = {"prompt": prompt, "text": filled.text, "pieces": filled.pieces}
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(filled.text)


def _sampling_of(values: dict[str, Any]) -> SamplingConfig:
    """The decoding settings; every option that is out of its range is told at once."""
    from pydantic import ValidationError

    from yanmo.core.recipe_problems import problems_of
    from yanmo.inference.config import WrittenSamplingConfig

    try:
        return WrittenSamplingConfig.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, WrittenSamplingConfig, values)
        raise ConfigError("\n".join(problem.message for problem in problems)) from error


def _write(
    model_dir: Path, prompt: str, sampling: SamplingConfig, device: str, as_json: bool
) -> None:
    from yanmo.inference.generate import stream_text
    from yanmo.inference.opened_folder import open_folder

    opened = open_folder(model_dir, device)
    is_continuation = opened.model.kind == "causal"
    if is_continuation:
        _warn_of_long_prompt(opened, prompt)
    pieces = stream_text(opened.model, opened.tokenizer, prompt, sampling)
    if as_json:
        print(json.dumps({"prompt": prompt, "text": "".join(pieces)}, ensure_ascii=False))
        return
    if is_continuation:
        sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")


def _warn_of_long_prompt(opened: OpenedFolder, prompt: str) -> None:
    from yanmo.core.console import Console
    from yanmo.inference.generate import prompt_ids_of

    limit = opened.model.config.max_seq_len
    length = len(prompt_ids_of(opened.tokenizer, prompt))
    if length > limit:
        Console().warn(
            t(
                "the prompt has {length} tokens; the model reads the last {limit} of them",
                length=length,
                limit=limit,
            )
        )
