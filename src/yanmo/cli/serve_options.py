"""The options of `yanmo serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yanmo.core.messages import t

ModelsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="MODEL", help=t("Model folders: runs/NAME/pretrain/model.")),
]
NameOption = Annotated[
    list[str] | None,
    typer.Option(help=t("Name of a model, in the order of the folders; may be repeated.")),
]
HostOption = Annotated[str, typer.Option(help=t("Address to listen on."))]
PortOption = Annotated[int, typer.Option(help=t("Port; 0 takes any that is free."))]
KeyOption = Annotated[
    str | None,
    typer.Option(help=t("Key that clients have to send; better in YANMO_API_KEY or a file.")),
]
KeyFileOption = Annotated[Path | None, typer.Option(help=t("File whose first line is the key."))]
SlotsOption = Annotated[int, typer.Option(help=t("Texts that are written at once."))]
SlotTokensOption = Annotated[
    int | None,
    typer.Option(help=t("Longest text, prompt and answer; the model's own unless told.")),
]
WeightsOption = Annotated[
    str, typer.Option(help=t("own, float32, bfloat16, int8 or int4: how weights are held."))
]
KernelsOption = Annotated[str, typer.Option(help=t("auto, native (C) or torch."))]
ThreadsOption = Annotated[
    int | None, typer.Option(help=t("Threads of the model; all cores unless told."))
]
DraftOption = Annotated[
    str, typer.Option(help=t("Speculation: none, lookup, or the folder of a smaller model."))
]
EngineOption = Annotated[str, typer.Option(help=t("own or llama.cpp."))]
DeviceOption = Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))]
AddressFileOption = Annotated[
    Path | None, typer.Option(help=t("Write the address into this file once requests are taken."))
]
WaitingOption = Annotated[
    int, typer.Option(help=t("Texts of a model that may wait; beyond that 429."))
]
BodyOption = Annotated[str, typer.Option(help=t("Longest body of a request, such as 8MB."))]
DrainOption = Annotated[
    float, typer.Option(help=t("Seconds that running requests have at the end."))
]
OriginOption = Annotated[
    list[str] | None, typer.Option(help=t("Web pages of this origin may ask; may be repeated."))
]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option(help=t("Further name of this server, such as a proxy's; may be repeated.")),
]
LogPromptsOption = Annotated[
    bool, typer.Option("--log-prompts", help=t("Write what is asked into the log."))
]
