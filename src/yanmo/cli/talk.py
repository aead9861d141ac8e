"""`yanmo chat`: a conversation with a model in the terminal."""

from __future__ import annotations

from typing import Annotated

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


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Talk with a trained model in the terminal."))(chat)


def chat(
    model: ModelArgument,
    system: Annotated[
        str, typer.Option("--system", help=t("What the model is told before all turns."))
    ] = "",
    is_plain: Annotated[
        bool,
        typer.Option("--plain", help=t("Go on with the text of the turns, without a template.")),
    ] = False,
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "-n", help=t("Longest answer."))
    ] = 512,
    temperature: TemperatureOption = 0.8,
    top_k: TopKOption = None,
    top_p: TopPOption = None,
    min_p: MinPOption = None,
    repetition_penalty: RepetitionOption = 1.0,
    seed: Annotated[int | None, typer.Option(help=t("Makes the answers reproducible."))] = None,
    weights: WeightsOption = "own",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Read turns from standard input, and write the answers to standard output."""
    from yanmo.cli.talk_session import TalkSession
    from yanmo.inference.config import WrittenSamplingConfig
    from yanmo.inference.engine.config import EngineConfig
    from yanmo.inference.open_conversation import open_conversation

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
        },
    )
    config = checked(EngineConfig, {"num_slots": 1, "weights": weights})
    opened = open_conversation(model, sampling, config, device, is_plain=is_plain)
    opened.conversation.system = system
    TalkSession(opened, as_json=as_json).run()
