"""The command `serve`: models over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import typer

from yanmo.cli import serve_options as options
from yanmo.cli.options import QuietOption, parse_bytes
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from yanmo.core.config import Config
    from yanmo.core.console import Console
    from yanmo.inference.engine.config import EngineConfig
    from yanmo.serving.config import ServingConfig
    from yanmo.serving.open_models import EngineName
    from yanmo.serving.served_model import ServedModel

ENGINES = ("own", "llama.cpp")
KEY_VARIABLE = "YANMO_API_KEY"
Settings = TypeVar("Settings", bound="Config")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(
        help=t("Serve models over HTTP, as clients of the OpenAI API expect it."),
        short_help=t("Serve models over HTTP."),
    )(serve)


def serve(
    models: options.ModelsArgument,
    name: options.NameOption = None,
    host: options.HostOption = "127.0.0.1",
    port: options.PortOption = 8000,
    api_key: options.KeyOption = None,
    api_key_file: options.KeyFileOption = None,
    slots: options.SlotsOption = 16,
    slot_tokens: options.SlotTokensOption = None,
    weights: options.WeightsOption = "own",
    kernels: options.KernelsOption = "auto",
    threads: options.ThreadsOption = None,
    draft: options.DraftOption = "none",
    engine: options.EngineOption = "own",
    device: options.DeviceOption = "auto",
    address_file: options.AddressFileOption = None,
    max_waiting: options.WaitingOption = 256,
    max_body: options.BodyOption = "8MB",
    drain_s: options.DrainOption = 30.0,
    allow_origin: options.OriginOption = None,
    allow_host: options.AllowHostOption = None,
    log_prompts: options.LogPromptsOption = False,
    is_quiet: QuietOption = False,
) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    from yanmo.core.console import Console
    from yanmo.inference.engine.config import EngineConfig
    from yanmo.serving.config import ServingConfig

    if engine not in ENGINES:
        raise ConfigError(
            t("there is no engine '{name}'", name=engine), where="--engine", hint="own, llama.cpp"
        )
    settings = _checked(
        ServingConfig,
        {
            "host": host,
            "port": port,
            "api_key": _key(api_key, api_key_file),
            "allow_origins": allow_origin or [],
            "allow_hosts": [one.lower() for one in allow_host or []],
            "max_body_bytes": parse_bytes(max_body, "--max-body"),
            "max_waiting": max_waiting,
            "drain_s": drain_s,
            "log_requests": not is_quiet,
            "log_prompts": log_prompts,
        },
    )
    engine_settings = _checked(
        EngineConfig,
        {
            "num_slots": slots,
            "slot_tokens": slot_tokens,
            "weights": weights,
            "kernels": kernels,
            "num_threads": threads,
            "draft": draft,
        },
    )
    console = Console(is_quiet=is_quiet)
    _warn(settings, console)
    load = _loader(models, name or [], settings, engine_settings, device, cast(Any, engine))
    from yanmo.serving.server import serve as run_server

    raise typer.Exit(run_server(settings, load, console, address_file))


def _loader(
    models: list[Path],
    names: list[str],
    settings: ServingConfig,
    engine_settings: EngineConfig,
    device: str,
    engine: EngineName,
) -> Callable[[], list[ServedModel]]:
    """What opens the models, whose folders are looked at now.

    Raises:
        ConfigError: a package is missing, or names do not fit.
        CheckpointError: a folder holds no model.
    """
    try:
        from yanmo.serving.open_models import models_to_serve, open_models
    except ImportError as error:
        raise ConfigError(
            t("the package {name} cannot be loaded", name=error.name or "fastapi"),
            where="yanmo serve",
            why=str(error),
            hint=t(
                "Install it: {command}", command="pip install fastapi uvicorn prometheus-client"
            ),
        ) from error
    wanted = models_to_serve(models, names)
    return lambda: open_models(wanted, settings, engine_settings, device=device, engine_name=engine)


def _key(given: str | None, file: Path | None) -> str | None:
    """The key from the option, the file or the environment; it is never printed."""
    if given is not None and file is not None:
        raise ConfigError(t("give the key once"), where="--api-key")
    if file is not None:
        try:
            given = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                t("the file of the key cannot be read"), where=str(file), why=type(error).__name__
            ) from error
    elif given is None:
        given = os.environ.get(KEY_VARIABLE) or None
    if given is not None and not given:
        raise ConfigError(t("the key is empty"), where="--api-key")
    return given


def _warn(settings: ServingConfig, console: Console) -> None:
    if settings.is_exposed and settings.api_key is None:
        console.warn(
            t(
                "everybody who reaches {host} can use this server; set a key with --api-key-file",
                host=settings.host,
            )
        )
    if settings.log_prompts:
        console.warn(t("what is asked is written into the log"))


def _checked(kind: type[Settings], values: dict[str, Any]) -> Settings:
    """The settings; every option that is out of its range is told at once."""
    from pydantic import ValidationError

    from yanmo.core.recipe_problems import problems_of

    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = problems_of(error, kind, values)
        raise ConfigError("\n".join(problem.message for problem in problems)) from error
