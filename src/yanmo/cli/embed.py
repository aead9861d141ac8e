"""`yanmo embed`: a vector for each line of a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yanmo.cli.options import QuietOption
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    from yanmo.inference.embed_config import EmbedConfig


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Turn every line of a text into a vector."))(embed)


def embed(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help=t("A model folder, or a folder of word vectors.")),
    ],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=t("A text; '-' reads standard input."))
    ],
    out: Annotated[
        Path | None,
        typer.Option(help=t("x.npy or x.jsonl; JSON lines on standard output unless told.")),
    ] = None,
    pooling: Annotated[str, typer.Option(help=t("mean, cls, last or pooler."))] = "mean",
    layer: Annotated[
        int | None, typer.Option(help=t("Block to read: 0 the embeddings, -1 the last."))
    ] = None,
    word: Annotated[
        str | None, typer.Option(help=t("The vector of this word in each line, in its context."))
    ] = None,
    normalize: Annotated[
        bool, typer.Option("--normalize", help=t("Scale every vector to length one."))
    ] = False,
    batch_tokens: Annotated[
        int, typer.Option(help=t("Tokens that go through the model at once."))
    ] = 8192,
    device: Annotated[str, typer.Option(help=t("cpu, cuda, mps or auto."))] = "auto",
    quiet: QuietOption = False,
) -> None:
    """Write the vectors of the lines in their order."""
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise ConfigError(
            t("unknown device '{name}'", name=device), where="--device", hint="auto, cpu, cuda, mps"
        )
    config = config_of(
        {
            "pooling": pooling,
            "layer": layer,
            "word": word,
            "normalize": normalize,
            "batch_tokens": batch_tokens,
        }
    )
    from typing import cast

    from yanmo.core.console import Console
    from yanmo.core.device import DeviceName, choose_device
    from yanmo.pipeline.embed import check_files, embed_file, open_embedder

    source = None if file == "-" else Path(file)
    check_files(source, out)
    embedder = open_embedder(model, config, choose_device(cast(DeviceName, device)))
    embed_file(embedder, source, out, Console(is_quiet=quiet))


def config_of(values: dict[str, Any]) -> EmbedConfig:
    """The settings; every option that is out of its range is told at once."""
    from pydantic import ValidationError

    from yanmo.core.recipe_problems import problems_of
    from yanmo.inference.embed_config import EmbedConfig

    try:
        return EmbedConfig.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, EmbedConfig, values)
        raise ConfigError("\n".join(problem.message for problem in problems)) from error
