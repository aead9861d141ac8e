"""Commands on a trained model: `generate`, `fill`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yanmo.cli.drawing_options import (
    DeviceOption,
    MinPOption,
    ModelArgument,
    RepetitionOption,
    TemperatureOption,
    TopKOption,
    TopPOption,
    WeightsOption,
    checked,
)
from yanmo.cli.options import JsonOption
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.inference.config import SamplingConfig
    from yanmo.inference.engine.config import Weights
    from yanmo.inference.opened_folder import OpenedFolder


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(help=t("Continue a prompt with a trained model."))(generate)
    app.command(help=t("Fill the blanks of a text with a trained model."))(fill)


def generate(
    model: ModelArgument,
    prompt: Annotated[
        str, typer.Option("--prompt", "-p", help=t("Text to continue; '-' reads standard input."))
    ] = "",
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", help=t("Longest continuation."))
    ] = 128,
    temperature: TemperatureOption = 0.8,
    top_k: TopKOption = None,
    top_p: TopPOption = None,
    min_p: MinPOption = None,
    repetition_penalty: RepetitionOption = 1.0,
    seed: Annotated[
        int | None, typer.Option(help=t("Makes the continuation reproducible."))
    ] = None,
    stop: Annotated[
        list[str] | None, typer.Option(help=t("End before this string; may be repeated."))
    ] = None,
    weights: WeightsOption = "own",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Stream a continuation to standard output."""
    from yanmo.inference.config import WrittenSamplingConfig
    from yanmo.inference.engine.config import EngineConfig

    sampling = checked(
        WrittenSamplingConfig,
        {
            "max_new_tokens": max_new_tokens,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "repetition_penalty": repetition_penalty,
            "seed": seed,
            "stop": stop or [],
        },
    )
    form = checked(EngineConfig, {"weights": weights}).weights
    if prompt == "-":
        prompt = sys.stdin.read()
    _write(model, prompt, sampling, form, device, as_json)


def fill(
    model: ModelArgument,
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
    temperature: TemperatureOption = 0.0,
    seed: Annotated[int | None, typer.Option(help=t("Makes the filling reproducible."))] = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Print the text with its blanks filled."""
    from yanmo.inference.config import WrittenSamplingConfig
    from yanmo.inference.fill import fill_text
    from yanmo.inference.opened_folder import open_folder

    settings = {"max_new_tokens": max_new_tokens, "temperature": temperature, "seed": seed}
    sampling = checked(WrittenSamplingConfig, settings)
    if prompt == "-":
        prompt = sys.stdin.read().rstrip("\n")
    opened = open_folder(model, device)
    filled = fill_text(opened.model, opened.tokenizer, prompt, sampling)
    if as_json:
        result = {"prompt": prompt, "text": filled.text, "pieces": filled.pieces}
        print(json.dumps(result, ensure_ascii=False))
    else:
        print(filled.text)


def _write(
    model_dir: Path,
    prompt: str,
    sampling: SamplingConfig,
    weights: Weights,
    device: str,
    as_json: bool,
) -> None:
    from yanmo.inference.generate import stream_text
    from yanmo.inference.opened_folder import open_folder

    opened = open_folder(model_dir, device)
    is_continuation = opened.model.kind == "causal"
    if is_continuation:
        _warn_of_long_prompt(opened, prompt)
    pieces = stream_text(opened.model, opened.tokenizer, prompt, sampling, weights=weights)
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
