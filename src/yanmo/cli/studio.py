"""`yanmo studio`: the web application over a folder of runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

if TYPE_CHECKING:
    from socket import socket

    from yanmo.studio.settings import StudioSettings

RunsArgument = Annotated[
    Path, typer.Argument(metavar="RUNS", help=t("The folder that holds the runs."))
]
HostOption = Annotated[
    str, typer.Option("--host", help=t("Address to listen on; others can look with 0.0.0.0."))
]
PortOption = Annotated[
    int, typer.Option("--port", min=0, max=65535, help=t("Port to listen on; 0 for a free one."))
]
OpenOption = Annotated[bool, typer.Option("--open/--no-open", help=t("Open a browser."))]

_TRIES = 20
_CLOSING_S = 2


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(help=t("Look at runs, data and models in a browser; start new runs."))(studio)


def studio(
    runs: RunsArgument = Path("runs"),
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    open_browser: OpenOption = True,
) -> None:
    """Serve the studio until Ctrl-C."""
    if runs.exists() and not runs.is_dir():
        raise ConfigError(t("this is a file; the studio shows a folder of runs"), where=str(runs))
    try:
        import uvicorn

        from yanmo.studio.settings import StudioSettings
        from yanmo.studio.static import how_to_build
    except ImportError as error:
        raise ConfigError(
            t("the studio needs a package that is not installed"),
            why=str(error),
            hint="pip install 'yanmo[serve]'",
        ) from error
    from yanmo.studio.token import token_of

    token = token_of(runs)
    listening = _listen(host, port)
    number = listening.getsockname()[1]
    settings = StudioSettings(runs=runs.resolve(), token=token, host=host, port=number)
    if not settings.is_built:
        raise ConfigError(t("the studio's pages are missing"), hint=how_to_build())
    from yanmo.studio.app import build_studio

    app = build_studio(settings)
    _announce(settings, open_browser)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSING_S,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _announce(settings: StudioSettings, open_browser: bool) -> None:
    """Print the address, and open it where somebody is there to see."""
    import webbrowser

    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host
    shown = f"[{shown}]" if ":" in shown else shown
    address = f"http://{shown}:{settings.port}/?token={settings.token}"
    print(t("studio of {folder}: {address}", folder=settings.runs, address=address), flush=True)
    print(t("Ctrl-C ends it; runs that it has started go on."), flush=True)
    if open_browser and sys.stdout.isatty():
        webbrowser.open(address)


def _listen(host: str, port: int) -> socket:
    """A socket on `port`, or on the next free one after it.

    Raises:
        ConfigError: this address cannot be listened on.
    """
    import socket as sockets

    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    wanted = [port] if port == 0 else range(port, min(port + _TRIES, 65536))
    why = ""
    for number in wanted:
        listening = sockets.socket(family, sockets.SOCK_STREAM)
        listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(128)
        except OSError as error:
            listening.close()
            why = error.strerror or str(error)
            continue
        return listening
    raise ConfigError(
        t("this address cannot be listened on"),
        where=f"{host}:{port}",
        why=why,
        hint=t("Give another one with --host and --port."),
    )
